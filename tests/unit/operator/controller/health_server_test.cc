#include "operator/controller/health_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <asio.hpp>
#include <atomic>
#include <string>
#include <vector>

namespace rewindmq::controller {
namespace {

using asio::ip::tcp;
using testing::EndsWith;
using testing::StartsWith;

class HealthServerTest : public testing::Test {
 protected:
  void SetUp() override {
    auto server = HealthServer::Start(0, [this] { return ready_.load(); });
    ASSERT_TRUE(server.ok()) << server.status().ToString();
    server_ = std::move(server).value();
  }
  tcp::socket Connect() {
    tcp::socket socket(context_);
    socket.connect({asio::ip::address_v4::loopback(), server_->port()});
    return socket;
  }
  // Everything that comes back for these bytes until the server closes.
  std::string Exchange(const std::string& bytes) {
    tcp::socket socket = Connect();
    std::error_code ignored;
    asio::write(socket, asio::buffer(bytes), ignored);
    std::string answer;
    asio::read(socket, asio::dynamic_buffer(answer), ignored);
    return answer;
  }

  std::atomic<bool> ready_{false};
  asio::io_context context_;
  std::unique_ptr<HealthServer> server_;
};

TEST_F(HealthServerTest, IsHealthyFromTheStartAndReadyWhenItServes) {
  EXPECT_THAT(Exchange("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"),
              testing::AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), EndsWith("\r\n\r\nok\n")));
  EXPECT_THAT(Exchange("GET /readyz HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 503 "));
  ready_ = true;
  EXPECT_THAT(Exchange("GET /readyz HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HealthServerTest, AnythingElseIsNotFoundOrCutOff) {
  EXPECT_THAT(Exchange("GET /metrics HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(Exchange("POST /healthz HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(Exchange(std::string("\0\xff\r\n\r\n", 6)), StartsWith("HTTP/1.1 404 "));
  EXPECT_EQ(Exchange(std::string(HealthServer::kRequestLimitBytes + 1, 'x')), "");
}

TEST_F(HealthServerTest, SilentConnectionsDoNotKeepOthersFromBeingAnswered) {
  std::vector<tcp::socket> silent;
  for (int i = 0; i < HealthServer::kMostConnections - 1; ++i) silent.push_back(Connect());
  EXPECT_THAT(Exchange("GET /healthz HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 200 OK\r\n"));
  silent.push_back(Connect());
  // One too many: closed without an answer.
  EXPECT_EQ(Exchange("GET /healthz HTTP/1.1\r\n\r\n"), "");
}

TEST_F(HealthServerTest, TakenPortIsAnError) {
  auto second = HealthServer::Start(server_->port(), [] { return true; });
  EXPECT_EQ(second.status().code(), ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace rewindmq::controller
