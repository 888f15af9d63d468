#include "nameserver/service.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>

#include "common/protocol/register_broker.h"
#include "common/remoting/client.h"

namespace rewindmq::nameserver {
namespace {

using protocol::Outgoing;

constexpr int32_t kTimeoutMs = 5000;

class ServiceTest : public testing::Test {
 protected:
  ServiceTest() {
    char folder[] = "/tmp/rewind-service-XXXXXX";
    folder_ = mkdtemp(folder);
    options_.bind_address = "127.0.0.1";
    options_.listen_port = 0;
    options_.kv_config_path = folder_ + "/kvConfig.json";
    options_.scan_not_active_broker_interval_ms = 10;
  }
  ~ServiceTest() override { std::filesystem::remove_all(folder_); }

  void Start() {
    service_ = std::move(Service::Create(options_, &clock_)).value();
    Result<uint16_t> port = service_->Start();
    ASSERT_TRUE(port.ok()) << port.status().ToString();
    address_ = "127.0.0.1:" + std::to_string(*port);
  }

  int32_t CodeOf(remoting::Client* client, const Outgoing& request) {
    Result<remoting::Reply> reply = client->InvokeSync(address_, request, kTimeoutMs);
    EXPECT_TRUE(reply.ok()) << reply.status().ToString();
    return reply.ok() ? reply->command.code : -1;
  }

  Outgoing Registration() {
    Outgoing request = protocol::MakeRequest(protocol::kRegisterBroker)
                           .With("brokerName", "a")
                           .With("brokerAddr", "a:1")
                           .With("clusterName", "C")
                           .With("haServerAddr", "a:2")
                           .With("brokerId", 0);
    protocol::RegisterBrokerBody body;
    body.topic_config_table.topics["T"].topic_name = "T";
    request.body = protocol::EncodeRegisterBrokerBody(body);
    return request;
  }
  Outgoing RouteRequest() {
    return protocol::MakeRequest(protocol::kGetRouteInfoByTopic).With("topic", "T");
  }

  // Asks until the route is gone; each answer takes a round trip, so this does not spin.
  bool RouteVanishes() {
    auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(kTimeoutMs);
    while (std::chrono::steady_clock::now() < deadline) {
      if (CodeOf(&asker_, RouteRequest()) == protocol::kTopicNotExist) return true;
    }
    return false;
  }

  std::string folder_;
  Options options_;
  FakeClock clock_{1'700'000'000'000};
  std::unique_ptr<Service> service_;
  std::string address_;
  remoting::IoThreads io_{1};
  remoting::Client asker_{&io_, nullptr};
};

TEST_F(ServiceTest, ServesOverTheNetworkAndForgetsABrokerWithItsConnection) {
  Start();
  remoting::Client broker(&io_, nullptr);
  EXPECT_EQ(CodeOf(&asker_, RouteRequest()), protocol::kTopicNotExist);
  EXPECT_EQ(CodeOf(&broker, Registration()), protocol::kSuccess);
  EXPECT_EQ(CodeOf(&asker_, RouteRequest()), protocol::kSuccess);
  EXPECT_EQ(CodeOf(&asker_, protocol::MakeRequest(9999)), protocol::kRequestCodeNotSupported);
  broker.Disconnect(address_);
  EXPECT_TRUE(RouteVanishes());
}

TEST_F(ServiceTest, ForgetsASilentBroker) {
  Start();
  remoting::Client broker(&io_, nullptr);
  EXPECT_EQ(CodeOf(&broker, Registration()), protocol::kSuccess);
  clock_.AdvanceMs(kBrokerExpiryMs);
  EXPECT_EQ(CodeOf(&asker_, RouteRequest()), protocol::kSuccess);
  clock_.AdvanceMs(1);
  EXPECT_TRUE(RouteVanishes());
}

TEST_F(ServiceTest, APortInUseIsNamed) {
  Start();
  Options second = options_;
  second.listen_port = std::stoi(address_.substr(address_.find(':') + 1));
  auto service = std::move(Service::Create(second, &clock_)).value();
  Result<uint16_t> port = service->Start();
  ASSERT_FALSE(port.ok());
  EXPECT_NE(port.status().message().find(address_), std::string::npos) << port.status().message();
}

}  // namespace
}  // namespace rewindmq::nameserver
