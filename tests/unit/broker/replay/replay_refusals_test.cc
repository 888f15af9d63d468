// What is no order, and what cannot be done; each refusal says why.

#include <functional>

#include "tests/unit/broker/replay/replay_fixture.h"

namespace rewindmq::broker {
namespace {

using protocol::ReplayOrder;
using protocol::ReplayState;

class ReplayRefusalsTest : public ReplayFixture {
 protected:
  void ExpectRefused(const std::string& reason, const std::function<void(ReplayOrder*)>& change,
                     int32_t code = 0) {
    ReplayOrder order = Order();
    change(&order);
    auto started = replays_->Start(order);
    ASSERT_FALSE(started.ok()) << reason;
    EXPECT_NE(started.status().message().find(reason), std::string::npos)
        << started.status().message();
    EXPECT_EQ(started.status().response_code(), code);
    EXPECT_TRUE(replays_->List("").empty());
  }
};

TEST_F(ReplayRefusalsTest, OrdersThatMakeNoSense) {
  Begin();
  clock_.AdvanceMs(1000);
  int64_t now = clock_.WallMs();
  for (const char* id : {"", "a b", "a/b", "\xc3\xa4"}) {
    ExpectRefused("is no replay's id", [&](ReplayOrder* order) { order->id = id; });
  }
  ExpectRefused("is no replay's id", [](ReplayOrder* order) { order->id = std::string(65, 'a'); });
  ExpectRefused("not negative", [](ReplayOrder* order) { order->from_ms = -1; });
  ExpectRefused("must be later than fromMs",
                [](ReplayOrder* order) { order->until_ms = order->from_ms; });
  ExpectRefused("is in the future", [&](ReplayOrder* order) {
    order->from_ms = now + 1;
    order->until_ms = now + 2;
  });
  ExpectRefused("only what is stored can be replayed",
                [&](ReplayOrder* order) { order->until_ms = now + 1; });
  ExpectRefused("is negative; use 0", [](ReplayOrder* order) { order->messages_per_second = -1; });
  ExpectRefused("tag and sql are both given", [](ReplayOrder* order) {
    order->tag = "A";
    order->sql = "a = 1";
  });
  ExpectRefused("names no tag", [](ReplayOrder* order) { order->tag = " || "; });
  ExpectRefused("the replay's filter, sql a = ", [](ReplayOrder* order) { order->sql = "a = "; });
  ExpectRefused("has 4 queues", [](ReplayOrder* order) { order->queue_ids = {0, 4}; });
  ExpectRefused("names queue 1 twice", [](ReplayOrder* order) { order->queue_ids = {1, 1}; });
}

TEST_F(ReplayRefusalsTest, TopicsAndGroupsThatCannotBe) {
  Begin();
  clock_.AdvanceMs(1);
  ExpectRefused(
      "Topic No does not exist", [](ReplayOrder* order) { order->topic = "No"; },
      protocol::kTopicNotExist);
  ExpectRefused(
      "Group No does not exist", [](ReplayOrder* order) { order->group = "No"; },
      protocol::kSubscriptionGroupNotExist);
  ExpectRefused("is the broker's own",
                [](ReplayOrder* order) { order->topic = protocol::kScheduleTopic; });
  ExpectRefused("delivered before", [](ReplayOrder* order) { order->topic = "%RETRY%Group"; });
  ExpectRefused("delivered before", [](ReplayOrder* order) { order->topic = "%DLQ%Group"; });
  ExpectRefused("reads no retry topic",
                [](ReplayOrder* order) { order->group = "CID_RMQ_SYS_TRANS"; });
  auto group = *groups_->Find("Group");
  group.consume_enable = false;
  ASSERT_TRUE(groups_->Put(group).ok());
  ExpectRefused("consumeEnable is false", [](ReplayOrder*) {});
  group.consume_enable = true;
  group.retry_queue_nums = 0;
  ASSERT_TRUE(groups_->Put(group).ok());
  ExpectRefused("retryQueueNums is 0", [](ReplayOrder*) {});
  AddGroup("Group");
  protocol::TopicConfig retry;
  retry.topic_name = protocol::RetryTopic("Group");
  retry.perm = protocol::kPermRead;
  ASSERT_TRUE(topics_->Put(retry).ok());
  ExpectRefused("must be readable and writable", [](ReplayOrder*) {});
}

TEST_F(ReplayRefusalsTest, GroupsThatDoNotReadTheirRetryTopic) {
  Begin();
  clock_.AdvanceMs(1);
  protocol::ConsumerData consumer;
  consumer.group_name = "Group";
  consumer.message_model = protocol::MessageModel::kBroadcasting;
  Join(consumer);
  ExpectRefused("consumes by broadcasting", [](ReplayOrder*) {});
  consumer.group_name = "Pulls";
  consumer.message_model = protocol::MessageModel::kClustering;
  consumer.consume_type = protocol::ConsumeType::kActively;
  Join(consumer);
  AddGroup("Pulls");
  ExpectRefused("pulls by itself (CONSUME_ACTIVELY)",
                [](ReplayOrder* order) { order->group = "Pulls"; });
}

TEST_F(ReplayRefusalsTest, ThereIsALimitOfUnfinishedOnesAndOldOnesAreForgotten) {
  Begin();
  clock_.AdvanceMs(1);
  auto order = Order();
  order.paused = true;
  for (size_t i = 0; i <= ReplayService::kMaxUnfinished; ++i) {
    order.id = "limit-" + std::to_string(i);
    order.group = "Group" + std::to_string(i);
    AddGroup(order.group);
    bool fits = i < ReplayService::kMaxUnfinished;
    EXPECT_EQ(replays_->Start(order).ok(), fits);
  }
  EXPECT_NE(Refusal(order).find("64 replays that are not over"), std::string::npos);
  for (size_t i = 0; i < ReplayService::kMaxUnfinished; ++i) {
    clock_.AdvanceMs(1);
    EXPECT_TRUE(replays_->Steer({"limit-" + std::to_string(i), true, {}, {}}).ok());
  }
}

}  // namespace
}  // namespace rewindmq::broker
