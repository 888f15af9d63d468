#include "operator/kube/rest_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/unit/operator/kube/fake_api_server.h"

namespace rewindmq::kube {
namespace {

using nlohmann::json;
using std::chrono::steady_clock;
using testing::ElementsAre;
using testing::HasSubstr;
using Connection = FakeApiServer::Connection;
using Request = FakeApiServer::Request;

class RestClientTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { InitHttpRuntime(); }

  void Connect(const FakeApiServer& server) {
    config_.server = server.url();
    auto client = RestClient::Create(config_, clock_, options_);
    ASSERT_TRUE(client.ok()) << client.status().ToString();
    client_ = std::move(client).value();
  }
  // Watches until the stream ends, collecting the lines.
  RestReply Watch(std::stop_token stop = {}) {
    return client_->Watch("/w?watch=true", stop, [this](std::string_view line) {
      lines_.emplace_back(line);
      return true;
    });
  }

  FakeClock clock_{0};
  ClusterConfig config_;
  RestClientOptions options_;
  std::unique_ptr<RestClient> client_;
  std::vector<std::string> lines_;
};

TEST_F(RestClientTest, SendsEachMethodWithItsBodyAndParsesTheAnswer) {
  FakeApiServer server([](const Request& request, const Connection& connection) {
    return connection.SendReply(200, json{{"got", request.body}}.dump());
  });
  config_.token = "secret";
  Connect(server);
  json body = {{"a", 1}};
  EXPECT_EQ(client_->Get("/x/a%20b?limit=1&continue=z%3D").body["got"], "");
  EXPECT_EQ(client_->Post("/x", body).body["got"], "{\"a\":1}");
  EXPECT_EQ(client_->Put("/x", body).http_status, 200);
  EXPECT_TRUE(client_->Patch("/x", RestClient::PatchType::kMerge, body).status.ok());
  EXPECT_TRUE(client_->Delete("/x").status.ok());
  auto requests = server.requests();
  ASSERT_EQ(requests.size(), 5U);
  EXPECT_EQ(requests[0].method, "GET");
  EXPECT_EQ(requests[0].target, "/x/a%20b?limit=1&continue=z%3D");
  EXPECT_EQ(requests[0].headers["authorization"], "Bearer secret");
  EXPECT_EQ(requests[0].headers["accept"], "application/json");
  EXPECT_EQ(requests[1].headers["content-type"], "application/json");
  EXPECT_EQ(requests[2].method, "PUT");
  EXPECT_EQ(requests[3].method, "PATCH");
  EXPECT_EQ(requests[3].headers["content-type"], "application/merge-patch+json");
  EXPECT_EQ(requests[4].method, "DELETE");
}

TEST_F(RestClientTest, UsesConnectionsAgain) {
  constexpr int kRequests = 20;
  FakeApiServer server(
      [](const Request&, const Connection& connection) { return connection.SendReply(200, "{}"); });
  Connect(server);
  for (int i = 0; i < kRequests; ++i) EXPECT_TRUE(client_->Get("/x").status.ok());
  // The library gives a connection back a moment after the answer, so the very next request may
  // come too early for it; those after that find one.
  EXPECT_LE(server.requests().back().connection, kRequests / 2);
}

TEST_F(RestClientTest, StatusesBecomeErrorCodesWithTheServersWords) {
  FakeApiServer server([](const Request& request, const Connection& connection) {
    json status = {{"kind", "Status"}, {"message", "the words"}};
    return connection.SendReply(std::stoi(request.target.substr(1)), status.dump());
  });
  Connect(server);
  const std::pair<int, ErrorCode> expected[] = {
      {400, ErrorCode::kInvalidArgument},  {401, ErrorCode::kPermissionDenied},
      {403, ErrorCode::kPermissionDenied}, {404, ErrorCode::kNotFound},
      {409, ErrorCode::kConflict},         {410, ErrorCode::kRejected},
      {422, ErrorCode::kInvalidArgument},  {429, ErrorCode::kResourceExhausted},
      {500, ErrorCode::kUnavailable},      {503, ErrorCode::kUnavailable}};
  for (auto [http_status, code] : expected) {
    RestReply reply = client_->Get("/" + std::to_string(http_status));
    EXPECT_EQ(reply.http_status, http_status);
    EXPECT_EQ(reply.status.code(), code) << http_status;
    EXPECT_EQ(reply.status.message(), "GET /" + std::to_string(http_status) + ": HTTP " +
                                          std::to_string(http_status) + ": the words");
  }
  EXPECT_EQ(client_->Get("/410").status.response_code(), 410);
}

TEST_F(RestClientTest, KeepsRetryAfterAndForeignErrorText) {
  FakeApiServer server([](const Request&, const Connection& connection) {
    return connection.SendReply(429, "<b>slow\x01 down</b>", "Retry-After: 7\r\n");
  });
  Connect(server);
  RestReply reply = client_->Get("/x");
  EXPECT_EQ(reply.retry_after_ms, 7000);
  EXPECT_EQ(reply.status.message(), "GET /x: HTTP 429: <b>slow  down</b>");
}

TEST_F(RestClientTest, DoesNotFollowRedirects) {
  FakeApiServer server([](const Request&, const Connection& connection) {
    return connection.SendReply(302, "", "Location: /elsewhere\r\n");
  });
  Connect(server);
  EXPECT_EQ(client_->Get("/x").status.response_code(), 302);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(RestClientTest, AnswerThatIsNotJsonOrTooLongIsAnError) {
  FakeApiServer server([](const Request& request, const Connection& connection) {
    if (request.target == "/long") return connection.SendReply(200, std::string(5000, '1'));
    return connection.SendReply(200, "{\"a\":");
  });
  options_.body_limit_bytes = 4000;
  Connect(server);
  EXPECT_EQ(client_->Get("/broken").status.code(), ErrorCode::kCorruption);
  EXPECT_EQ(client_->Get("/long").status.code(), ErrorCode::kResourceExhausted);
}

TEST_F(RestClientTest, DeadlineHoldsForTheWholeAnswerHoweverItDrips) {
  FakeApiServer server([](const Request&, const Connection& connection) {
    connection.SendChunkedHead();
    while (connection.SendChunk(" ")) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return false;
  });
  Connect(server);
  auto start = steady_clock::now();
  EXPECT_EQ(client_->Get("/x", {.deadline_ms = 100, .stop = {}}).status.code(),
            ErrorCode::kTimeout);
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(5));
}

TEST_F(RestClientTest, StopEndsACallThatWaitsForItsAnswer) {
  FakeApiServer server([](const Request&, const Connection& connection) {
    connection.WaitForClose();
    return false;
  });
  Connect(server);
  std::stop_source stop;
  std::thread stopper([&] {
    EXPECT_TRUE(server.WaitForRequests(1));
    stop.request_stop();
  });
  EXPECT_EQ(client_->Get("/x", {.deadline_ms = 60'000, .stop = stop.get_token()}).status.code(),
            ErrorCode::kCancelled);
  stopper.join();
}

TEST_F(RestClientTest, NobodyListeningIsUnavailable) {
  {
    FakeApiServer server([](const Request&, const Connection&) { return false; });
    Connect(server);
  }
  RestReply reply = client_->Get("/x");
  EXPECT_EQ(reply.status.code(), ErrorCode::kUnavailable);
  EXPECT_EQ(reply.http_status, 0);
}

TEST_F(RestClientTest, CallsSurviveIdleConnectionsThatTheServerClosed) {
  FakeApiServer server([](const Request&, const Connection& connection) {
    connection.SendReply(200, "{}");
    return false;  // without having announced it by "Connection: close"
  });
  Connect(server);
  json body = {{"text", std::string(1000, 'x')}};
  for (int i = 1; i <= 10; ++i) {
    EXPECT_TRUE(client_->Get("/x").status.ok());
    while (server.connections_closed() < 2 * i - 1) std::this_thread::yield();
    RestReply reply = client_->Put("/x", body);
    EXPECT_TRUE(reply.status.ok()) << reply.status.ToString();
    while (server.connections_closed() < 2 * i) std::this_thread::yield();
  }
}

TEST_F(RestClientTest, ServerNamesThatCannotWorkAreExplained) {
  config_.server = "https://[::1]:6443";
  auto literal = RestClient::Create(config_, clock_);
  ASSERT_EQ(literal.status().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(literal.status().message(), HasSubstr("IPv6 literal"));
  config_.server = "https://a b";
  EXPECT_EQ(RestClient::Create(config_, clock_).status().code(), ErrorCode::kInvalidArgument);
  config_.server = "https://localhost:6443";
  config_.ca_pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  EXPECT_EQ(RestClient::Create(config_, clock_).status().code(), ErrorCode::kInvalidArgument);
}

class TokenTest : public RestClientTest {
 protected:
  TokenTest() {
    char name[] = "/tmp/rewind-token-test-XXXXXX";
    folder_ = mkdtemp(name);
    config_.token_file = folder_ + "/token";
  }
  ~TokenTest() override { std::filesystem::remove_all(folder_); }
  void WriteToken(const std::string& token) { std::ofstream(config_.token_file) << token; }

  std::string folder_;
};

TEST_F(TokenTest, FileIsReadAgainAfterAMinute) {
  FakeApiServer server([](const Request& request, const Connection& connection) {
    return connection.SendReply(200, json{{"got", request.headers.at("authorization")}}.dump());
  });
  WriteToken("one\n");
  Connect(server);
  EXPECT_EQ(client_->Get("/x").body["got"], "Bearer one");
  WriteToken("two\n");
  clock_.AdvanceMs(59'999);
  EXPECT_EQ(client_->Get("/x").body["got"], "Bearer one");
  clock_.AdvanceMs(1);
  EXPECT_EQ(client_->Get("/x").body["got"], "Bearer two");
  std::filesystem::remove(config_.token_file);
  clock_.AdvanceMs(60'000);
  EXPECT_EQ(client_->Get("/x").body["got"], "Bearer two") << "the last token stays in use";
}

TEST_F(TokenTest, RefusedTokenIsReadAnewAndTheRequestSentOnceMore) {
  FakeApiServer server([](const Request& request, const Connection& connection) {
    bool good = request.headers.at("authorization") == "Bearer new";
    return connection.SendReply(good ? 200 : 401, good ? "{}" : "{\"message\":\"Unauthorized\"}");
  });
  WriteToken("old");
  Connect(server);
  EXPECT_EQ(client_->Get("/x").status.code(), ErrorCode::kPermissionDenied);
  EXPECT_EQ(server.requests().size(), 1U) << "the same token need not be tried again";
  WriteToken("new");
  EXPECT_TRUE(client_->Get("/x").status.ok());
  EXPECT_EQ(server.requests().size(), 3U);
}

TEST_F(TokenTest, MissingOrPoisonedFileIsAnError) {
  FakeApiServer server(
      [](const Request&, const Connection& connection) { return connection.SendReply(200, "{}"); });
  Connect(server);
  EXPECT_EQ(client_->Get("/x").status.code(), ErrorCode::kNotFound);
  WriteToken("a\r\nX-Remote-User: admin");
  EXPECT_EQ(client_->Get("/x").status.code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(server.requests().size(), 0U);
}

TEST_F(RestClientTest, WatchGivesLinesWhateverTheBordersOfChunksAndPackets) {
  FakeApiServer server([](const Request&, const Connection& connection) {
    connection.SendChunkedHead();
    connection.SendChunk("{\"n\":1}\n{\"n\"");
    connection.SendChunk(":2}");
    connection.SendChunk("\n\n");
    for (char c : std::string("8\r\n{\"n\":3}\n\r\n")) connection.Send({&c, 1});
    return connection.SendLastChunk();
  });
  Connect(server);
  RestReply reply = Watch();
  EXPECT_TRUE(reply.status.ok()) << reply.status.ToString();
  EXPECT_EQ(reply.http_status, 200);
  EXPECT_THAT(lines_, ElementsAre("{\"n\":1}", "{\"n\":2}", "{\"n\":3}"));
}

TEST_F(RestClientTest, WatchRunsOnTheCallersThreadAndHoldsTheServerBack) {
  const std::string line = std::string(100'000, 'x') + "\n";
  std::atomic<int> sent{0};
  FakeApiServer server([&](const Request&, const Connection& connection) {
    connection.SendChunkedHead();
    while (sent < 1000 && connection.SendChunk(line)) ++sent;
    return connection.SendLastChunk();
  });
  Connect(server);
  std::thread::id here = std::this_thread::get_id();
  int taken = 0;
  int most_ahead = 0;
  RestReply reply = client_->Watch("/w", {}, [&](std::string_view) {
    EXPECT_EQ(std::this_thread::get_id(), here);
    if (++taken == 1) std::this_thread::sleep_for(std::chrono::milliseconds(200));
    most_ahead = std::max(most_ahead, sent - taken);
    return taken < 500;
  });
  EXPECT_EQ(reply.status.code(), ErrorCode::kCancelled);
  EXPECT_LT(most_ahead, 400) << "only the kernel's buffers may run ahead of the reader";
}

TEST_F(RestClientTest, WatchCutInsideALineGivesTheWholeOnesAndAnError) {
  FakeApiServer server([](const Request& request, const Connection& connection) {
    connection.SendChunkedHead();
    connection.SendChunk("{\"n\":1}\n{\"n\":");
    if (request.connection == 1) connection.SendLastChunk();  // else: cut without an end
    return false;
  });
  Connect(server);
  EXPECT_EQ(Watch().status.code(), ErrorCode::kCorruption);
  EXPECT_THAT(lines_, ElementsAre("{\"n\":1}"));
  RestReply reply = Watch();
  EXPECT_EQ(reply.status.code(), ErrorCode::kUnavailable) << reply.status.ToString();
  EXPECT_THAT(lines_, ElementsAre("{\"n\":1}", "{\"n\":1}"));
}

TEST_F(RestClientTest, WatchLineBeyondTheLimitEndsIt) {
  FakeApiServer server([](const Request&, const Connection& connection) {
    connection.SendChunkedHead();
    connection.SendChunk("short\n");
    while (connection.SendChunk(std::string(1000, 'x'))) {
    }
    return false;
  });
  options_.line_limit_bytes = 5000;
  Connect(server);
  EXPECT_EQ(Watch().status.code(), ErrorCode::kCorruption);
  EXPECT_THAT(lines_, ElementsAre("short"));
}

TEST_F(RestClientTest, SilentWatchTimesOutButAQuietOneDoesNot) {
  FakeApiServer server([](const Request&, const Connection& connection) {
    connection.SendChunkedHead();
    for (int i = 0; i < 4; ++i) {  // longer in all than the time-out, with signs of life between
      std::this_thread::sleep_for(std::chrono::milliseconds(250));
      connection.SendChunk("alive\n");
    }
    connection.WaitForClose();
    return false;
  });
  options_.watch_inactivity_ms = 800;
  Connect(server);
  RestReply reply = Watch();
  EXPECT_EQ(reply.status.code(), ErrorCode::kTimeout) << reply.status.ToString();
  EXPECT_EQ(lines_.size(), 4U);
}

TEST_F(RestClientTest, StopEndsASilentWatchAtOnceAndClosesItsConnection) {
  FakeApiServer server([](const Request&, const Connection& connection) {
    connection.SendChunkedHead();
    connection.SendChunk("one\n");
    connection.WaitForClose();
    return false;
  });
  Connect(server);
  std::stop_source stop;
  std::thread stopper([&] {
    EXPECT_TRUE(server.WaitForRequests(1));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop.request_stop();
  });
  auto start = steady_clock::now();
  EXPECT_EQ(Watch(stop.get_token()).status.code(), ErrorCode::kCancelled);
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(5));
  stopper.join();
  auto deadline = steady_clock::now() + std::chrono::seconds(10);
  while (server.connections_closed() == 0 && steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_EQ(server.connections_closed(), 1);
}

TEST_F(RestClientTest, RefusedWatchHasTheServersWords) {
  FakeApiServer server([](const Request&, const Connection& connection) {
    return connection.SendReply(410, "{\"message\":\"too old resource version\"}");
  });
  Connect(server);
  RestReply reply = Watch();
  EXPECT_EQ(reply.http_status, 410);
  EXPECT_THAT(reply.status.message(), HasSubstr("too old resource version"));
  EXPECT_TRUE(lines_.empty());
}

TEST_F(RestClientTest, ManyWatchesCancelledAtAnyMomentLeaveNothingBehind) {
  FakeApiServer server([](const Request&, const Connection& connection) {
    connection.SendChunkedHead();
    while (connection.SendChunk("line\n")) {
    }
    return false;
  });
  Connect(server);
  std::vector<std::thread> watchers;
  for (int t = 0; t < 4; ++t) {
    watchers.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) {
        std::stop_source stop;
        std::thread stopper([&] {
          std::this_thread::sleep_for(std::chrono::microseconds((i * 4 + t) * 60));
          stop.request_stop();
        });
        auto reply = client_->Watch("/w", stop.get_token(), [](std::string_view) { return true; });
        EXPECT_EQ(reply.status.code(), ErrorCode::kCancelled) << reply.status.ToString();
        stopper.join();
      }
    });
  }
  for (std::thread& watcher : watchers) watcher.join();
}

TEST(PercentEncodeTest, KeepsOnlyUnreservedCharacters) {
  EXPECT_EQ(PercentEncode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(PercentEncode("a b/c+d=\xC3\xA9&"), "a%20b%2Fc%2Bd%3D%C3%A9%26");
}

}  // namespace
}  // namespace rewindmq::kube
