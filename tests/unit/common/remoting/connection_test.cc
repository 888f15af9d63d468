// A real server and real clients on loopback: what peers may do to each other and what must follow.

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <asio/connect.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <future>
#include <random>

#include "common/base/bytes.h"
#include "common/remoting/client.h"
#include "common/remoting/server.h"

namespace rewindmq::remoting {
namespace {

using protocol::Command;
using protocol::MakeRequest;
using protocol::MakeResponse;

constexpr int32_t kEcho = 1001;
constexpr int32_t kSilent = 1002;
constexpr int32_t kAskBack = 1003;
constexpr int32_t kThrow = 1004;
constexpr int32_t kTimeoutMs = 5000;

class RemotingTest : public testing::Test {
 protected:
  RemotingTest() {
    dispatcher_.Add(kEcho, [](const Command& request, const Responder& responder) {
      auto response = MakeResponse(0);
      response.body = request.body;
      for (const auto& field : request.fields) {
        response.With(std::string(field.name), std::string(field.value));
      }
      responder.Send(std::move(response));
    });
    dispatcher_.Add(kSilent, [](const Command&, const Responder&) {});
    dispatcher_.Add(kAskBack, [](const Command&, const Responder& responder) {
      responder.connection()->Invoke(MakeRequest(kEcho).With("from", "server"), kTimeoutMs,
                                     [responder](Result<Reply> reply) {
                                       std::string from(*reply->command.fields.Find("from"));
                                       responder.Send(MakeResponse(0).With("got", from));
                                     });
    });
    dispatcher_.Add(kThrow, [](const Command&, const Responder&) {
      throw std::runtime_error("handler broke");
    });
  }

  void StartServer(ServerOptions options = {}) {
    server_ = std::make_unique<Server>(&io_, &dispatcher_, options);
    port_ = *server_->Listen("127.0.0.1", 0);
    server_->Start();
    address_ = "127.0.0.1:" + std::to_string(port_);
  }

  asio::ip::tcp::socket RawSocket() {
    asio::ip::tcp::socket socket(raw_loop_);
    socket.connect({asio::ip::make_address("127.0.0.1"), port_});
    return socket;
  }

  Dispatcher dispatcher_;
  IoThreads io_{2};
  std::unique_ptr<Server> server_;
  uint16_t port_ = 0;
  std::string address_;
  asio::io_context raw_loop_;
};

std::string EchoFrame(std::string body) {
  auto request = MakeRequest(kEcho);
  request.body = std::move(body);
  std::string frame;
  protocol::AppendFrame(request, &frame);
  return frame;
}

TEST_F(RemotingTest, AnswersCarryFieldsAndBody) {
  StartServer();
  Client client(&io_, nullptr);
  auto request = MakeRequest(kEcho).With("name",
                                         "a\x01"
                                         "b\"c");
  request.body = "body";
  Result<Reply> reply = client.InvokeSync(address_, std::move(request), kTimeoutMs);
  ASSERT_TRUE(reply.ok()) << reply.status().ToString();
  EXPECT_EQ(reply->command.code, 0);
  EXPECT_EQ(*reply->command.fields.Find("name"),
            "a\x01"
            "b\"c");
  EXPECT_EQ(reply->command.body, "body");
}

TEST_F(RemotingTest, UnknownCodeIsAnsweredThree) {
  StartServer();
  Client client(&io_, nullptr);
  Result<Reply> reply = client.InvokeSync(address_, MakeRequest(4711), kTimeoutMs);
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply->command.code, 3);
  EXPECT_EQ(reply->command.remark, " request type 4711 not supported");
}

TEST_F(RemotingTest, AHandlersExceptionIsAnsweredOne) {
  StartServer();
  Client client(&io_, nullptr);
  Result<Reply> reply = client.InvokeSync(address_, MakeRequest(kThrow), kTimeoutMs);
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply->command.code, 1);
  EXPECT_EQ(reply->command.remark, "handler broke");
}

TEST_F(RemotingTest, SilenceEndsInATimeout) {
  StartServer();
  Client client(&io_, nullptr);
  EXPECT_EQ(client.InvokeSync(address_, MakeRequest(kSilent), 50).status().code(),
            ErrorCode::kTimeout);
  EXPECT_TRUE(client.InvokeSync(address_, MakeRequest(kEcho), kTimeoutMs).ok())
      << "the connection is still good";
}

TEST_F(RemotingTest, RefusedAndMalformedAddressesAreNamed) {
  Client client(&io_, nullptr);
  Status refused = client.InvokeSync("127.0.0.1:1", MakeRequest(kEcho), kTimeoutMs).status();
  EXPECT_EQ(refused.code(), ErrorCode::kUnavailable);
  EXPECT_NE(refused.message().find("127.0.0.1:1"), std::string::npos);
  Status bad = client.InvokeSync("nonsense", MakeRequest(kEcho), kTimeoutMs).status();
  EXPECT_NE(bad.message().find("'nonsense' must be host:port"), std::string::npos);
}

TEST_F(RemotingTest, TheServerMayAskItsClient) {
  StartServer();
  Client client(&io_, &dispatcher_);
  Result<Reply> reply = client.InvokeSync(address_, MakeRequest(kAskBack), kTimeoutMs);
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(*reply->command.fields.Find("got"), "server");
}

TEST_F(RemotingTest, ALostConnectionFailsItsCallsAndTheNextCallReconnects) {
  StartServer();
  Client client(&io_, nullptr);
  std::promise<Status> lost;
  client.Invoke(address_, MakeRequest(kSilent), kTimeoutMs,
                [&](Result<Reply> reply) { lost.set_value(reply.status()); });
  ASSERT_TRUE(client.InvokeSync(address_, MakeRequest(kEcho), kTimeoutMs).ok());
  client.Disconnect(address_);
  EXPECT_EQ(lost.get_future().get().code(), ErrorCode::kUnavailable);
  EXPECT_TRUE(client.InvokeSync(address_, MakeRequest(kEcho), kTimeoutMs).ok());
}

TEST_F(RemotingTest, FramesMaySplitAnywhere) {
  StartServer();
  auto socket = RawSocket();
  std::string frame = EchoFrame("split");
  for (char byte : frame + frame) asio::write(socket, asio::buffer(&byte, 1));
  char length[4];
  for (int i = 0; i < 2; ++i) {
    asio::read(socket, asio::buffer(length));
    std::string answer(LoadBe<uint32_t>(length), '\0');
    asio::read(socket, asio::buffer(answer));
    EXPECT_EQ(answer.substr(answer.size() - 5), "split");
  }
}

TEST_F(RemotingTest, LargeBodiesPassAndOversizedFramesCloseOnlyTheirConnection) {
  StartServer();
  Client client(&io_, nullptr);
  auto request = MakeRequest(kEcho);
  request.body = std::string(8U << 20, 'x');
  Result<Reply> reply = client.InvokeSync(address_, std::move(request), kTimeoutMs);
  ASSERT_TRUE(reply.ok()) << reply.status().ToString();
  EXPECT_EQ(reply->command.body.size(), 8U << 20);

  auto socket = RawSocket();
  char huge[4];
  StoreBe<uint32_t>(huge, static_cast<uint32_t>(protocol::kMaxFrameBytes) - 3);
  asio::write(socket, asio::buffer(huge));
  char byte;
  asio::error_code error;
  asio::read(socket, asio::buffer(&byte, 1), error);
  EXPECT_TRUE(error) << "the server must hang up on a frame over the limit";
  EXPECT_TRUE(client.InvokeSync(address_, MakeRequest(kEcho), kTimeoutMs).ok());
}

TEST_F(RemotingTest, RandomBytesCloseOnlyTheirConnection) {
  StartServer();
  Client client(&io_, nullptr);
  std::mt19937 random(20261122);
  for (int round = 0; round < 50; ++round) {
    auto socket = RawSocket();
    std::string noise(256, '\0');
    for (char& c : noise) c = static_cast<char>(random());
    if (round % 2 == 0) noise.replace(0, 4, std::string("\0\0\0\xc8", 4));
    asio::error_code error;
    asio::write(socket, asio::buffer(noise), error);
    socket.shutdown(asio::ip::tcp::socket::shutdown_send, error);
    std::string answer(1024, '\0');
    asio::read(socket, asio::buffer(answer), error);
    EXPECT_TRUE(error) << "the connection must end";
  }
  EXPECT_TRUE(client.InvokeSync(address_, MakeRequest(kEcho), kTimeoutMs).ok());
}

TEST_F(RemotingTest, IdleConnectionsAreClosed) {
  ServerOptions options;
  options.connection.idle_timeout_ms = 50;
  StartServer(options);
  std::promise<void> closed;
  server_->OnConnectionClosed([&](const auto&) { closed.set_value(); });
  auto socket = RawSocket();
  EXPECT_EQ(closed.get_future().wait_for(std::chrono::seconds(5)), std::future_status::ready);
}

TEST_F(RemotingTest, ConnectionsPerAddressAreLimited) {
  ServerOptions options;
  options.max_connections_per_address = 2;
  StartServer(options);
  Client first(&io_, nullptr);
  Client second(&io_, nullptr);
  Client third(&io_, nullptr);
  EXPECT_TRUE(first.InvokeSync(address_, MakeRequest(kEcho), kTimeoutMs).ok());
  EXPECT_TRUE(second.InvokeSync(address_, MakeRequest(kEcho), kTimeoutMs).ok());
  EXPECT_FALSE(third.InvokeSync(address_, MakeRequest(kEcho), kTimeoutMs).ok());
}

// Somebody over the limit waits, is served when another leaves, and nobody else notices.
TEST_F(RemotingTest, ConnectionsLeaveDescriptorsToFiles) {
  constexpr size_t kAllowed = 5;
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_cur, 1024);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  ServerOptions options;
  options.reserved_descriptors = static_cast<size_t>(limit.rlim_cur) - kAllowed;
  StartServer(options);
  std::vector<std::unique_ptr<Client>> clients;
  for (size_t i = 0; i < kAllowed; ++i) {
    clients.push_back(std::make_unique<Client>(&io_, nullptr));
    ASSERT_TRUE(clients.back()->InvokeSync(address_, MakeRequest(kEcho), kTimeoutMs).ok());
  }
  Client late(&io_, nullptr);
  EXPECT_EQ(late.InvokeSync(address_, MakeRequest(kEcho), 300).status().code(),
            ErrorCode::kTimeout);
  EXPECT_TRUE(clients.front()->InvokeSync(address_, MakeRequest(kEcho), kTimeoutMs).ok());
  EXPECT_EQ(server_->connection_count(), kAllowed);
  clients.pop_back();
  EXPECT_TRUE(late.InvokeSync(address_, MakeRequest(kEcho), kTimeoutMs).ok());
}

TEST_F(RemotingTest, BinaryHeadersAreAnsweredInBinary) {
  StartServer();
  Client client(&io_, nullptr);
  auto request = MakeRequest(kEcho).With("k", "v");
  request.serialize_type = protocol::SerializeType::kRocketMq;
  Result<Reply> reply = client.InvokeSync(address_, std::move(request), kTimeoutMs);
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply->command.serialize_type, protocol::SerializeType::kRocketMq);
  EXPECT_EQ(*reply->command.fields.Find("k"), "v");
}

}  // namespace
}  // namespace rewindmq::remoting
