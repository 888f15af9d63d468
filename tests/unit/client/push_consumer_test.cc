// A push consumer against a small broker: what it reads, commits, shares and does on a reset.

#include "client/push_consumer.h"

#include <gtest/gtest.h>

#include <atomic>

#include "tests/unit/client/fake_cluster.h"

namespace rewindmq::client {
namespace {

constexpr char kGroup[] = "G";

class PushConsumerTest : public testing::Test {
 protected:
  PushConsumerOptions Options() {
    PushConsumerOptions options;
    options.group = kGroup;
    options.name_servers = {cluster_.address()};
    options.subscriptions = {{"T", "*"}};
    options.from_where = protocol::ConsumeFromWhere::kFirstOffset;
    options.commit_interval_ms = 50;
    return options;
  }

  void Start(PushConsumerOptions options) {
    auto consumer = PushConsumer::Start(std::move(options),
                                        [this](const std::vector<ReceivedMessage>& messages) {
                                          count_ += static_cast<int>(messages.size());
                                          return ConsumeOutcome::kDone;
                                        });
    ASSERT_TRUE(consumer.ok()) << consumer.status().ToString();
    consumer_ = std::move(*consumer);
  }

  testing::AssertionResult Reaches(int expected) {
    if (cluster_.WaitUntil([&] { return count_ >= expected; }) && count_ == expected) {
      return testing::AssertionSuccess();
    }
    return testing::AssertionFailure() << count_ << " messages instead of " << expected;
  }

  remoting::IoThreads io_{1};
  FakeCluster cluster_{&io_};
  std::atomic<int> count_{0};
  std::unique_ptr<PushConsumer> consumer_;
};

TEST_F(PushConsumerTest, ReadsEverythingFromTheFirstOffset) {
  cluster_.AddTopic("T", 2);
  cluster_.AddMessages("T", 0, 100, "TagA");
  cluster_.AddMessages("T", 1, 70, "TagA");
  Start(Options());
  EXPECT_TRUE(Reaches(170));
  cluster_.AddMessages("T", 1, 5, "TagA");  // a held pull brings these
  EXPECT_TRUE(Reaches(175));
  ASSERT_TRUE(consumer_->CommitNow().ok());
  EXPECT_EQ(cluster_.Committed(kGroup, "T", 0), 100);
  EXPECT_EQ(cluster_.Committed(kGroup, "T", 1), 75);
  auto heartbeat = cluster_.LastHeartbeat();
  ASSERT_TRUE(heartbeat.has_value());
  ASSERT_EQ(heartbeat->consumers.size(), 1U);
  EXPECT_EQ(heartbeat->consumers[0].subscriptions.size(), 2U);  // T and %RETRY%G
}

TEST_F(PushConsumerTest, BeginsAtTheLastOffsetWhenAsked) {
  cluster_.AddTopic("T", 1);
  cluster_.AddMessages("T", 0, 10, "TagA");
  auto options = Options();
  options.from_where = protocol::ConsumeFromWhere::kLastOffset;
  Start(std::move(options));
  ASSERT_TRUE(cluster_.WaitUntil([&] { return cluster_.Committed(kGroup, "T", 0) == 10; }));
  cluster_.AddMessages("T", 0, 3, "TagA");
  EXPECT_TRUE(Reaches(3));
}

TEST_F(PushConsumerTest, ContinuesWhereTheGroupWas) {
  cluster_.AddTopic("T", 1);
  cluster_.AddMessages("T", 0, 10, "TagA");
  cluster_.Commit(kGroup, "T", 0, 6);
  Start(Options());
  EXPECT_TRUE(Reaches(4));
}

TEST_F(PushConsumerTest, PassesOverOtherTags) {
  cluster_.AddTopic("T", 1);
  cluster_.AddMessages("T", 0, 10, "TagA");
  cluster_.AddMessages("T", 0, 5, "TagB");
  cluster_.AddMessages("T", 0, 10, "TagC");
  auto options = Options();
  options.subscriptions = {{"T", "TagB || TagX"}};
  Start(std::move(options));
  EXPECT_TRUE(cluster_.WaitUntil([&] { return cluster_.Committed(kGroup, "T", 0) == 25; }));
  EXPECT_TRUE(Reaches(5));
}

TEST_F(PushConsumerTest, FollowsAResetThatTheBrokerSends) {
  cluster_.AddTopic("T", 2);
  cluster_.AddMessages("T", 0, 50, "TagA");
  cluster_.AddMessages("T", 1, 50, "TagA");
  Start(Options());
  ASSERT_TRUE(Reaches(100));
  cluster_.SendReset("T", "another group", 0);
  cluster_.SendReset("T", kGroup, 20);
  EXPECT_TRUE(Reaches(160));
  EXPECT_TRUE(cluster_.WaitUntil([&] { return cluster_.Committed(kGroup, "T", 1) == 50; }));
  EXPECT_EQ(count_, 160);
}

TEST_F(PushConsumerTest, FollowsAResetThatAnswersItsPull) {
  cluster_.AddTopic("T", 2);
  cluster_.AddMessages("T", 0, 50, "TagA");
  cluster_.AddMessages("T", 1, 50, "TagA");
  Start(Options());
  ASSERT_TRUE(Reaches(100));
  cluster_.MoveOffsets("T", 40);
  EXPECT_TRUE(Reaches(120));
}

TEST_F(PushConsumerTest, SharesTheQueuesWithANewMember) {
  cluster_.AddTopic("T", 4);
  Start(Options());
  ASSERT_TRUE(cluster_.WaitUntil([&] { return consumer_->AssignedQueueNames().size() == 4; }));
  cluster_.AddMember(kGroup, "0.0.0.0@1");  // sorts before any real client
  ASSERT_TRUE(cluster_.WaitUntil([&] { return consumer_->AssignedQueueNames().size() == 2; }));
  EXPECT_EQ(consumer_->AssignedQueueNames()[0].queue_id, 2);
  EXPECT_TRUE(cluster_.WaitUntil([&] { return cluster_.Committed(kGroup, "T", 0).has_value(); }));
}

TEST_F(PushConsumerTest, WaitsForATopicThatDoesNotExistYet) {
  Start(Options());
  cluster_.AddTopic("T", 1);
  cluster_.AddMessages("T", 0, 3, "TagA");
  EXPECT_TRUE(Reaches(3));
}

TEST_F(PushConsumerTest, CommitsAndLeavesTheGroupAtTheEnd) {
  cluster_.AddTopic("T", 1);
  cluster_.AddMessages("T", 0, 30, "TagA");
  auto options = Options();
  options.commit_interval_ms = 60'000;
  Start(std::move(options));
  ASSERT_TRUE(Reaches(30));
  EXPECT_EQ(cluster_.Members(kGroup).count(consumer_->client_id()), 1U);
  consumer_->Shutdown();
  EXPECT_EQ(cluster_.Committed(kGroup, "T", 0), 30);
  EXPECT_TRUE(cluster_.Members(kGroup).empty());
}

TEST_F(PushConsumerTest, SendsBackWhatItCannotConsumeNow) {
  cluster_.AddTopic("T", 1);
  cluster_.AddTopic("%RETRY%G", 1);
  cluster_.AddMessages("T", 0, 3, "TagA");
  std::atomic<int> again{0};
  auto consumer = PushConsumer::Start(Options(), [&](const std::vector<ReceivedMessage>& batch) {
    if (batch[0].body != "again") return ConsumeOutcome::kLater;
    for (const ReceivedMessage& message : batch) {
      EXPECT_EQ(message.topic, "T");
      EXPECT_EQ(message.queue.topic, "%RETRY%G");
      ++again;
    }
    return ConsumeOutcome::kDone;
  });
  ASSERT_TRUE(consumer.ok()) << consumer.status().ToString();
  EXPECT_TRUE(cluster_.WaitUntil([&] { return again == 3; }));
  EXPECT_TRUE(cluster_.WaitUntil([&] { return cluster_.Committed(kGroup, "T", 0) == 3; }));
  EXPECT_EQ(cluster_.Requests(protocol::kConsumerSendMsgBack), 3);
}

TEST_F(PushConsumerTest, ReturnsToABrokerThatWasRestarted) {
  auto first = std::make_unique<FakeCluster>(&io_);
  uint16_t port = first->port();
  first->AddTopic("T", 1);
  first->AddMessages("T", 0, 5, "TagA");
  auto options = Options();
  options.name_servers = {first->address()};
  Start(std::move(options));
  ASSERT_TRUE(Reaches(5));
  first.reset();
  FakeCluster second(&io_, port);  // knows no member, so it refuses pulls until a heartbeat
  second.AddTopic("T", 1);
  second.AddMessages("T", 0, 9, "TagA");
  EXPECT_TRUE(Reaches(9));
  EXPECT_EQ(second.Members(kGroup).count(consumer_->client_id()), 1U);
  consumer_->Shutdown();
}

TEST_F(PushConsumerTest, ReportsAnUnreachableNameServer) {
  uint16_t closed_port;
  {
    FakeCluster gone(&io_);
    closed_port = gone.port();
  }
  auto options = Options();
  options.name_servers = {"127.0.0.1:" + std::to_string(closed_port)};
  auto consumer = PushConsumer::Start(std::move(options), nullptr);
  EXPECT_EQ(consumer.status().code(), ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace rewindmq::client
