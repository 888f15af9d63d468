#include "operator/kube/watcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "tests/unit/operator/kube/fake_api_server.h"

namespace rewindmq::kube {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Connection = FakeApiServer::Connection;
using Request = FakeApiServer::Request;

json Object(const std::string& name, int version) {
  return {{"metadata", {{"name", name}, {"resourceVersion", std::to_string(version)}}}};
}

std::string List(std::vector<json> items, int version, const std::string& next = "") {
  json metadata = {{"resourceVersion", std::to_string(version)}, {"continue", next}};
  return json{{"metadata", metadata}, {"items", std::move(items)}}.dump();
}

std::string Line(const std::string& type, const json& object) {
  return json{{"type", type}, {"object", object}}.dump() + "\n";
}

class WatcherTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { InitHttpRuntime(); }

  void Start(const FakeApiServer& server) {
    ClusterConfig config;
    config.server = server.url();
    auto client = RestClient::Create(config, SystemClock(), options_);
    ASSERT_TRUE(client.ok()) << client.status().ToString();
    client_ = std::move(client).value();
    watcher_ = std::make_unique<Watcher>(*client_, SystemClock(), "/things",
                                         [this](const WatchEvent& event) { Take(event); });
  }
  void Take(const WatchEvent& event) {
    std::lock_guard lock(mutex_);
    const char* mark[] = {"+", "~", "-", "synced"};
    events_.push_back(mark[static_cast<int>(event.type)] + ObjectKey(event.object));
    changed_.notify_all();
  }
  // The events, once there are so many of them; fewer after ten seconds.
  std::vector<std::string> Events(size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(10), [&] { return events_.size() >= count; });
    return events_;
  }

  RestClientOptions options_;
  std::unique_ptr<RestClient> client_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> events_;
  std::unique_ptr<Watcher> watcher_;
};

bool IsWatch(const Request& request) {
  return request.target.find("watch=true") != std::string::npos;
}

TEST_F(WatcherTest, ListsAllPagesAndWatchesOn) {
  FakeApiServer server([](const Request& request, const Connection& connection) {
    if (!IsWatch(request)) {
      bool first = request.target.find("continue") == std::string::npos;
      return connection.SendReply(
          200, first ? List({Object("a", 1)}, 5, "next+page") : List({Object("b", 2)}, 5));
    }
    connection.SendChunkedHead();
    connection.SendChunk(Line("ADDED", Object("c", 6)));
    connection.SendChunk(Line("DELETED", Object("a", 7)));
    connection.WaitForClose();
    return false;
  });
  Start(server);
  EXPECT_THAT(Events(5), ElementsAre("+a", "+b", "synced", "+c", "-a"));
  EXPECT_TRUE(watcher_->synced());
  auto requests = server.requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[0].target, "/things?limit=500");
  EXPECT_EQ(requests[1].target, "/things?limit=500&continue=next%2Bpage");
  EXPECT_THAT(requests[2].target, HasSubstr("&allowWatchBookmarks=true&resourceVersion=5&"));
}

TEST_F(WatcherTest, ExpiredVersionLeadsToAListThatTellsOfDeletions) {
  std::atomic<int> lists{0};
  std::atomic<int> watches{0};
  FakeApiServer server([&](const Request& request, const Connection& connection) {
    if (!IsWatch(request)) {
      return connection.SendReply(200, ++lists == 1 ? List({Object("a", 1), Object("b", 2)}, 5)
                                                    : List({Object("b", 9)}, 10));
    }
    connection.SendChunkedHead();
    if (++watches == 1) {
      connection.SendChunk(Line("ERROR", {{"code", 410}, {"message", "too old"}}));
      return connection.SendLastChunk();
    }
    connection.WaitForClose();
    return false;
  });
  Start(server);
  EXPECT_THAT(Events(6), ElementsAre("+a", "+b", "synced", "~b", "-a", "synced"));
}

TEST_F(WatcherTest, ServerErrorsAndCutConnectionsAreGotOver) {
  std::atomic<int> lists{0};
  std::atomic<int> watches{0};
  FakeApiServer server([&](const Request& request, const Connection& connection) {
    if (!IsWatch(request)) {
      if (++lists == 1) return connection.SendReply(500, "{\"message\":\"etcd has no leader\"}");
      return connection.SendReply(200, List({}, 5));
    }
    if (++watches == 1) {
      connection.SendChunkedHead();
      connection.SendChunk(Line("ADDED", Object("a", 6)) + "{\"type\":\"MOD");
      return false;
    }
    connection.SendChunkedHead();
    connection.SendChunk(Line("ADDED", Object("b", 7)));
    connection.WaitForClose();
    return false;
  });
  Start(server);
  EXPECT_THAT(Events(3), ElementsAre("synced", "+a", "+b"));
  auto requests = server.requests();
  ASSERT_EQ(requests.size(), 4U);
  EXPECT_THAT(requests[3].target, HasSubstr("resourceVersion=6&"));
}

TEST_F(WatcherTest, SilentServerIsWatchedAnewFromTheSameVersion) {
  options_.watch_inactivity_ms = 1'200;
  std::atomic<int> watches{0};
  FakeApiServer server([&](const Request& request, const Connection& connection) {
    if (!IsWatch(request)) return connection.SendReply(200, List({}, 5));
    connection.SendChunkedHead();
    if (++watches == 2) connection.SendChunk(Line("ADDED", Object("a", 6)));
    connection.WaitForClose();
    return false;
  });
  Start(server);
  EXPECT_THAT(Events(2), ElementsAre("synced", "+a"));
  EXPECT_EQ(server.requests().size(), 3U) << "no list was needed";
}

TEST_F(WatcherTest, EndsAtOnceWhateverItWaitsFor) {
  FakeApiServer silent([](const Request&, const Connection& connection) {
    connection.WaitForClose();
    return false;
  });
  Start(silent);
  ASSERT_TRUE(silent.WaitForRequests(1));
  auto start = std::chrono::steady_clock::now();
  watcher_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));

  FakeApiServer busy([](const Request&, const Connection& connection) {
    return connection.SendReply(429, "", "Retry-After: 3000\r\n");
  });
  Start(busy);
  ASSERT_TRUE(busy.WaitForRequests(1));
  start = std::chrono::steady_clock::now();
  watcher_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  EXPECT_EQ(busy.requests().size(), 1U);
}

}  // namespace
}  // namespace rewindmq::kube
