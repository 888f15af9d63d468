// A producer against a cluster that behaves, and against one that does not.

#include "client/producer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>

#include "tests/unit/client/fake_cluster.h"

namespace rewindmq::client {
namespace {

class ProducerTest : public testing::Test {
 protected:
  void Start(ProducerOptions options = {}) {
    if (options.name_servers.empty()) options.name_servers = {cluster_.address()};
    auto producer = Producer::Start(std::move(options));
    ASSERT_TRUE(producer.ok()) << producer.status().ToString();
    producer_ = std::move(*producer);
  }

  remoting::IoThreads io_{1};
  FakeCluster cluster_{&io_};
  std::unique_ptr<Producer> producer_;
};

TEST_F(ProducerTest, TakesTheQueuesInTurn) {
  cluster_.AddTopic("T", 4);
  Start();
  for (int i = 0; i < 8; ++i) {
    auto sent = producer_->Send({.topic = "T", .body = "hello", .tag = "TagA"});
    ASSERT_TRUE(sent.ok()) << sent.status().ToString();
    EXPECT_EQ(sent->queue.topic, "T");
    EXPECT_EQ(sent->queue.broker_name, FakeCluster::kBroker);
    EXPECT_EQ(sent->queue_offset, i / 4);
    EXPECT_EQ(sent->unique_id.size(), 32U);
    EXPECT_EQ(protocol::FindProperty(cluster_.LastProperties(), "UNIQ_KEY"), sent->unique_id);
  }
  EXPECT_EQ(cluster_.Stored("T"), (std::map<int32_t, int>{{0, 2}, {1, 2}, {2, 2}, {3, 2}}));
  EXPECT_EQ(cluster_.Requests(protocol::kGetRouteInfoByTopic), 1);
}

TEST_F(ProducerTest, CreatesATopicThroughTheDefaultTopic) {
  cluster_.AddTopic("TBW102", 8);
  Start({.new_topic_queues = 2});
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(producer_->Send({.topic = "New", .body = "x"}).ok());
  }
  EXPECT_EQ(cluster_.Stored("New"), (std::map<int32_t, int>{{0, 2}, {1, 2}}));
}

TEST_F(ProducerTest, SaysThatTheTopicIsUnknown) {
  Start();
  auto sent = producer_->Send({.topic = "Nowhere", .body = "x"});
  EXPECT_EQ(sent.status().response_code(), protocol::kTopicNotExist);
  EXPECT_NE(sent.status().message().find("Nowhere"), std::string::npos);
}

TEST_F(ProducerTest, TriesAgainWhereThatHelps) {
  cluster_.AddTopic("T", 2);
  Start();
  cluster_.FailSends(protocol::kSystemBusy, 2);
  EXPECT_TRUE(producer_->Send({.topic = "T", .body = "x"}).ok());
  EXPECT_EQ(cluster_.Requests(protocol::kSendMessageV2), 3);
  cluster_.FailSends(protocol::kSystemBusy, 3);
  EXPECT_EQ(producer_->Send({.topic = "T", .body = "x"}).status().response_code(),
            protocol::kSystemBusy);
  EXPECT_EQ(cluster_.Requests(protocol::kSendMessageV2), 6);
  cluster_.FailSends(protocol::kMessageIllegal, 1);
  EXPECT_EQ(producer_->Send({.topic = "T", .body = "x"}).status().response_code(),
            protocol::kMessageIllegal);
  EXPECT_EQ(cluster_.Requests(protocol::kSendMessageV2), 7);
}

TEST_F(ProducerTest, SendsManyAtOnce) {
  cluster_.AddTopic("T", 4);
  Start();
  constexpr int kCount = 2000;
  std::atomic<int> stored{0};
  std::atomic<int> answered{0};
  for (int i = 0; i < kCount; ++i) {
    producer_->SendAsync({.topic = "T", .body = "x"}, [&](Result<SendResult> result) {
      stored += result.ok() ? 1 : 0;
      ++answered;
    });
  }
  EXPECT_TRUE(cluster_.WaitUntil([&] { return answered == kCount; }));
  EXPECT_EQ(stored, kCount);
}

TEST_F(ProducerTest, UsesAnotherNameServerWhenOneIsGone) {
  cluster_.AddTopic("T", 1);
  uint16_t closed_port;
  {
    FakeCluster gone(&io_);
    closed_port = gone.port();
  }
  Start({.name_servers = {"127.0.0.1:" + std::to_string(closed_port), cluster_.address()}});
  EXPECT_TRUE(producer_->Send({.topic = "T", .body = "x"}).ok());
}

TEST_F(ProducerTest, NamesTheNameServerThatCannotBeReached) {
  uint16_t closed_port;
  {
    FakeCluster gone(&io_);
    closed_port = gone.port();
  }
  std::string address = "127.0.0.1:" + std::to_string(closed_port);
  Start({.name_servers = {address}});
  auto sent = producer_->Send({.topic = "T", .body = "x"});
  EXPECT_EQ(sent.status().code(), ErrorCode::kUnavailable);
  EXPECT_NE(sent.status().message().find(address), std::string::npos);
}

TEST_F(ProducerTest, AnnouncesItsGroupAndTakesLeave) {
  cluster_.AddTopic("T", 1);
  Start({.group = "PG"});
  ASSERT_TRUE(producer_->Send({.topic = "T", .body = "x"}).ok());
  ASSERT_TRUE(cluster_.WaitUntil([&] { return cluster_.LastHeartbeat().has_value(); }));
  EXPECT_EQ(cluster_.LastHeartbeat()->producer_groups, std::vector<std::string>{"PG"});
  producer_->Shutdown();
  EXPECT_EQ(cluster_.Requests(protocol::kUnregisterClient), 1);
}

TEST_F(ProducerTest, RefusesUselessOptions) {
  EXPECT_EQ(Producer::Start({.group = "a b"}).status().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(Producer::Start({.group = "PG"}).status().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace rewindmq::client
