#pragma once
// A whole broker in the test's own process, on free ports and a folder of its own, and a remoting
// client to ask it.

#include <gtest/gtest.h>
#include <stdlib.h>

#include <asio/ip/tcp.hpp>
#include <filesystem>
#include <future>
#include <memory>
#include <string>

#include "broker/broker.h"
#include "common/protocol/heartbeat.h"

namespace rewindmq::broker {

class BrokerTestBase : public testing::Test {
 protected:
  static constexpr int32_t kTimeoutMs = 10'000;

  BrokerTestBase() {
    char name[] = "/tmp/rewind-broker-test-XXXXXX";
    directory_ = mkdtemp(name);
  }
  ~BrokerTestBase() override {
    client_.Stop();
    broker_.reset();
    std::filesystem::remove_all(directory_);
  }

  // A port that is free together with the one two below it.
  static int32_t FreePort() {
    asio::io_context loop;
    while (true) {
      asio::ip::tcp::acceptor high(loop, {asio::ip::make_address("127.0.0.1"), 0});
      uint16_t port = high.local_endpoint().port();
      asio::error_code error;
      asio::ip::tcp::acceptor low(loop);
      low.open(asio::ip::tcp::v4(), error);
      low.bind({asio::ip::make_address("127.0.0.1"), static_cast<uint16_t>(port - 2)}, error);
      if (!error) return port;
    }
  }

  BrokerOptions Options() {
    BrokerOptions options;
    options.broker_name = "broker-a";
    options.bind_address = "127.0.0.1";
    options.advertised_ip = "127.0.0.1";
    options.listen_port = FreePort();
    options.store.root_directory = directory_ + "/store";
    options.store.commit_log_segment_bytes = 1 << 20;
    return options;
  }

  void StartBroker(BrokerOptions options) {
    auto broker = Broker::Start(options);
    ASSERT_TRUE(broker.ok()) << broker.status().ToString();
    broker_ = std::move(*broker);
    address_ = options.Address();
  }
  void StartBroker() { StartBroker(Options()); }

  remoting::Reply Ask(protocol::Outgoing request) {
    auto reply = client_.InvokeSync(address_, std::move(request), kTimeoutMs);
    EXPECT_TRUE(reply.ok()) << reply.status().ToString();
    return reply.ok() ? std::move(*reply) : remoting::Reply();
  }

  static protocol::Outgoing SendRequestTo(const std::string& topic, int32_t queue_id,
                                          const std::string& body,
                                          const std::string& properties = "TAGS\x01TagA\x02") {
    auto request = protocol::MakeRequest(protocol::kSendMessageV2);
    request.With("a", "PG").With("b", topic).With("c", "TBW102").With("d", 4);
    request.With("e", queue_id).With("f", 0).With("g", 1700000000000).With("h", 0);
    request.With("i", properties).With("j", 0).With("m", "false");
    request.body = body;
    return request;
  }

  // Sends, and gives the message's offset in its queue.
  int64_t Put(const std::string& topic, int32_t queue_id, const std::string& body,
              const std::string& properties = "TAGS\x01TagA\x02") {
    auto reply = Ask(SendRequestTo(topic, queue_id, body, properties));
    EXPECT_EQ(reply.command.code, 0) << reply.command.remark;
    return Int64Of(reply, "queueOffset");
  }

  static int64_t Int64Of(const remoting::Reply& reply, const char* field) {
    const std::string_view* text = reply.command.fields.Find(field);
    return text == nullptr ? -1 : std::stoll(std::string(*text));
  }

  static protocol::Outgoing PullRequestFor(const std::string& group, const std::string& topic,
                                           int32_t queue_id, int64_t offset, int64_t suspend_ms = 0,
                                           const std::string& subscription = "*") {
    constexpr int32_t kSuspend = 2;
    constexpr int32_t kSubscription = 4;
    auto request = protocol::MakeRequest(protocol::kPullMessage);
    request.With("consumerGroup", group).With("topic", topic).With("queueId", queue_id);
    request.With("queueOffset", offset).With("maxMsgNums", 32);
    request.With("sysFlag", kSubscription | (suspend_ms > 0 ? kSuspend : 0));
    request.With("commitOffset", 0).With("suspendTimeoutMillis", suspend_ms);
    request.With("subscription", subscription).With("subVersion", 0);
    return request;
  }

  void Commit(const std::string& group, const std::string& topic, int32_t queue_id,
              int64_t offset) {
    auto request = protocol::MakeRequest(protocol::kUpdateConsumerOffset);
    request.With("consumerGroup", group).With("topic", topic);
    request.With("queueId", queue_id).With("commitOffset", offset);
    EXPECT_EQ(Ask(std::move(request)).command.code, 0);
  }

  // The committed offset, or -1 when the broker has none.
  int64_t Committed(const std::string& group, const std::string& topic, int32_t queue_id) {
    auto request = protocol::MakeRequest(protocol::kQueryConsumerOffset);
    request.With("consumerGroup", group).With("topic", topic).With("queueId", queue_id);
    request.With("setZeroIfNotFound", "false");
    auto reply = Ask(std::move(request));
    return reply.command.code == 0 ? Int64Of(reply, "offset") : -1;
  }

  void JoinGroup(remoting::Client* client, const std::string& group, const std::string& topic,
                 protocol::Language language, int32_t version) {
    protocol::HeartbeatData heartbeat;
    heartbeat.client_id = "127.0.0.1@test";
    protocol::ConsumerData consumer;
    consumer.group_name = group;
    protocol::SubscriptionData subscription;
    subscription.topic = topic;
    subscription.sub_string = "*";
    consumer.subscriptions.push_back(subscription);
    heartbeat.consumers.push_back(consumer);
    auto request = protocol::MakeRequest(protocol::kHeartBeat);
    request.language = language;
    request.version = version;
    request.body = protocol::EncodeHeartbeatData(heartbeat);
    auto reply = client->InvokeSync(address_, std::move(request), kTimeoutMs);
    ASSERT_TRUE(reply.ok());
    ASSERT_EQ(reply->command.code, 0);
  }

  std::string directory_;
  std::string address_;
  std::unique_ptr<Broker> broker_;
  remoting::IoThreads io_{1};
  remoting::Client client_{&io_, nullptr};
};

}  // namespace rewindmq::broker
