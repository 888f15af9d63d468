// A request with a replay: started once, watched to its end, steered while it runs.

#include "reset/replay.h"

#include <gtest/gtest.h>

#include "reset/apply.h"
#include "reset/planner.h"
#include "reset/recover.h"
#include "reset/snapshot.h"
#include "reset/verify.h"
#include "tests/unit/reset/fake_admin.h"

namespace rewindmq::reset {
namespace {

class ReplayTest : public testing::Test {
 protected:
  ReplayTest() {
    request_.operation_id = "op-1";
    request_.topic = "orders";
    request_.group = "billing";
    request_.target.time_ms = 1'000'000;
    request_.replay = Replay{kLateMs, "A", "", 5, false};
    broker_ = &admin_.AddBroker("a", 2);
    admin_.AddBroker("b", 1);
  }
  void Run() {
    table_ = MakePlan(request_, *ReadSnapshot(&admin_, request_)).table;
    for (BrokerRow& broker : table_.brokers) {
      ApplyToBroker(&admin_, request_, broker.name, 5, {}, &table_);
    }
  }
  protocol::ReplayStatus& At(const std::string& broker) {
    return admin_.brokers[broker].replays.at("op-1");
  }

  FakeAdmin admin_;
  FakeBroker* broker_;
  Request request_;
  Table table_;
};

TEST_F(ReplayTest, BrokersShareTheRate) {
  Run();
  EXPECT_EQ(At("a").order.messages_per_second, 3);
  EXPECT_EQ(At("b").order.messages_per_second, 2);
  EXPECT_EQ(At("a").order.tag, "A");
  EXPECT_EQ(At("a").order.queue_ids, (std::vector<int32_t>{0, 1}));
  EXPECT_EQ(table_.brokers[0].state, BrokerState::kApplied);
  EXPECT_EQ(table_.brokers[0].method, "Replay");
  EXPECT_EQ(*broker_->queues[0].committed, 100);
  request_.replay->messages_per_second = 1;
  EXPECT_EQ(ReplayRateOf(request_, table_, "b"), 1);
}

TEST_F(ReplayTest, RowsAreVerifiedOnceEverythingIsConsumed) {
  Run();
  EXPECT_FALSE(AllVerified(table_));
  for (const char* name : {"a", "b"}) {
    At(name).state = protocol::ReplayState::kFinished;
    At(name).unconsumed = 4;
    for (auto& queue : At(name).queues) queue.next_offset = queue.end_offset;
  }
  ASSERT_TRUE(Observe(&admin_, request_, table_.brokers[0], &table_).ok());
  EXPECT_NE(table_.queues[0].message.find("4 replayed"), std::string::npos);
  At("a").unconsumed = At("b").unconsumed = 0;
  ASSERT_TRUE(Observe(&admin_, request_, table_.brokers[0], &table_).ok());
  ASSERT_TRUE(Observe(&admin_, request_, table_.brokers[1], &table_).ok());
  EXPECT_TRUE(AllVerified(table_));
}

TEST_F(ReplayTest, EndsOfOtherKindsAreFailuresWithTheirReasons) {
  Run();
  At("a").state = protocol::ReplayState::kCancelled;
  At("b").state = protocol::ReplayState::kFailed;
  At("b").message = "the disk is full";
  for (const BrokerRow& broker : table_.brokers) {
    ASSERT_TRUE(Observe(&admin_, request_, broker, &table_).ok());
  }
  EXPECT_EQ(table_.queues[0].reason, reason::kCancelled);
  EXPECT_EQ(table_.queues[2].reason, reason::kBrokerRejected);
  EXPECT_NE(table_.queues[2].message.find("disk is full"), std::string::npos);
}

TEST_F(ReplayTest, IsSteeredToWhatTheRequestSaysNow) {
  Run();
  ASSERT_TRUE(SteerReplay(&admin_, request_, false, &table_).ok());
  EXPECT_EQ(broker_->steered, 0);
  request_.replay->paused = true;
  request_.replay->messages_per_second = 10;
  ASSERT_TRUE(SteerReplay(&admin_, request_, false, &table_).ok());
  EXPECT_EQ(At("a").state, protocol::ReplayState::kPaused);
  EXPECT_EQ(At("b").order.messages_per_second, 5);
  ASSERT_TRUE(SteerReplay(&admin_, request_, true, &table_).ok());
  EXPECT_EQ(At("b").state, protocol::ReplayState::kCancelled);
  const int steered = broker_->steered;
  ASSERT_TRUE(SteerReplay(&admin_, request_, true, &table_).ok());
  EXPECT_EQ(broker_->steered, steered);
}

TEST_F(ReplayTest, LostAnswerAndLostRequestAreToldApart) {
  broker_->lose_answers = 1;
  admin_.brokers["b"].lose_requests = 1;
  Run();
  for (BrokerRow& broker : table_.brokers) {
    ASSERT_EQ(broker.state, BrokerState::kApplying);
    ASSERT_TRUE(ResolveInterrupted(&admin_, request_, true, &broker, &table_).ok());
  }
  EXPECT_EQ(table_.brokers[0].state, BrokerState::kApplied);
  EXPECT_EQ(table_.brokers[1].state, BrokerState::kPending);
}

TEST_F(ReplayTest, ApachesBrokersCannot) {
  broker_->manner = Manner::kServerSide;
  Plan plan = MakePlan(request_, *ReadSnapshot(&admin_, request_));
  EXPECT_EQ(plan.table.queues[0].reason, reason::kNotSupportedByBroker);
  EXPECT_EQ(plan.table.queues[2].state, QueueState::kPlanned);
}

}  // namespace
}  // namespace rewindmq::reset
