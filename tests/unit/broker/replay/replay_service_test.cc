#include "broker/replay/replay_service.h"

#include "tests/unit/broker/replay/replay_fixture.h"

namespace rewindmq::broker {
namespace {

using protocol::ReplayQueue;
using protocol::ReplayState;

class ReplayServiceTest : public ReplayFixture {};

TEST_F(ReplayServiceTest, TheIntervalIsExactToTheMillisecond) {
  Begin();
  for (int32_t i = 0; i < 6; ++i) {
    PutTo(0, "at " + std::to_string(i));
    clock_.AdvanceMs(1);
  }
  auto order = Order();
  order.from_ms = kStartMs + 1;
  order.until_ms = kStartMs + 4;
  auto started = Start(order);
  EXPECT_EQ(started.queues[0].begin_offset, 1);
  EXPECT_EQ(started.queues[0].end_offset, 4);
  EXPECT_EQ(Finish().state, ReplayState::kFinished);
  EXPECT_EQ(Delivered(), (Strings{"at 1", "at 2", "at 3"}));
  EXPECT_EQ(StatusOf().filter, "everything, the group's subscription is not known");
}

TEST_F(ReplayServiceTest, AQueueKeepsItsOrderAndItsRetryQueue) {
  Begin(2);
  for (int32_t i = 0; i < 300; ++i) PutTo(i % kQueues, std::to_string(i));
  clock_.AdvanceMs(1);
  Start(Order());
  EXPECT_EQ(Sum(Finish(), &ReplayQueue::delivered), 300);
  for (int32_t retry_queue : {0, 1}) {
    std::map<int32_t, int32_t> last;
    auto bodies = Delivered("Group", retry_queue);
    EXPECT_EQ(bodies.size(), 150U);
    for (const std::string& body : bodies) {
      int32_t number = std::stoi(body);
      EXPECT_EQ(number % kQueues % 2, retry_queue);
      auto [it, first] = last.try_emplace(number % kQueues, number);
      EXPECT_TRUE(first || it->second < number);
      it->second = number;
    }
  }
}

TEST_F(ReplayServiceTest, ACopyIsTheMessageAndSaysWhereItComesFrom) {
  Begin();
  PutTo(3, "other");
  PutTo(3, "body", "A",
        "UNIQ_KEY\x01key\x02own\x01value\x02"
        "DELAY\x01"
        "3\x02"
        "TRAN_MSG\x01true\x02"
        "TIMER_DELIVER_MS\x01"
        "9\x02"
        "REWIND_ORIGIN_OFFSET\x01"
        "77\x02");
  clock_.AdvanceMs(1);
  auto order = Order();
  order.queue_ids = {3};
  Start(order);
  Finish();
  auto views = Views();
  ASSERT_EQ(views.size(), 2U);
  auto record = *store::DecodeRecord(views[1].bytes, store::CrcCheck::kVerify);
  auto property = [&](std::string_view name) {
    return std::string(store::FindProperty(record.properties, name).value_or("none"));
  };
  EXPECT_EQ(property("RETRY_TOPIC"), "TopicTest");
  EXPECT_EQ(property("REWIND_REPLAY_ID"), "r1");
  EXPECT_EQ(property("REWIND_ORIGIN_TOPIC"), "TopicTest");
  EXPECT_EQ(property("REWIND_ORIGIN_QUEUE_ID"), "3");
  EXPECT_EQ(property("REWIND_ORIGIN_OFFSET"), "1");
  EXPECT_EQ(property("UNIQ_KEY"), "key");
  EXPECT_EQ(property("own"), "value");
  EXPECT_EQ(property("TAGS"), "A");
  for (const char* gone : {"DELAY", "TRAN_MSG", "TIMER_DELIVER_MS"})
    EXPECT_EQ(property(gone), "none");
  EXPECT_EQ(record.reconsume_times, 0);
}

TEST_F(ReplayServiceTest, FiltersByTagBySqlAndByTheSubscription) {
  Begin();
  // Both have the same hash, so that only the tags themselves tell them apart.
  PutTo(0, "1", "Aa",
        "n\x01"
        "1\x02");
  PutTo(0, "2", "BB",
        "n\x01"
        "2\x02");
  PutTo(0, "3", "C",
        "n\x01"
        "3\x02");
  clock_.AdvanceMs(1);
  auto order = Order();
  order.tag = "Aa || C";
  auto status = (Start(order), Finish());
  EXPECT_EQ(status.filter, "tag Aa || C");
  EXPECT_EQ(Sum(status, &ReplayQueue::filtered), 1);
  EXPECT_EQ(Delivered(), (Strings{"1", "3"}));

  AddGroup("Sql");
  order = Order();
  order.id = "r2";
  order.group = "Sql";
  order.sql = "n > 1";
  EXPECT_EQ((Start(order), Finish("r2")).filter, "sql n > 1");
  EXPECT_EQ(Delivered("Sql"), (Strings{"2", "3"}));

  AddGroup("Online");
  protocol::ConsumerData consumer;
  consumer.group_name = "Online";
  protocol::SubscriptionData subscription;
  subscription.topic = "TopicTest";
  subscription.sub_string = "C";
  consumer.subscriptions.push_back(subscription);
  Join(consumer);
  order = Order();
  order.id = "r3";
  order.group = "Online";
  EXPECT_EQ((Start(order), Finish("r3")).filter, "tag C, the group's subscription");
  EXPECT_EQ(Delivered("Online"), (Strings{"3"}));
}

TEST_F(ReplayServiceTest, TheRateHoldsOverSecondsAndChangesWhileItRuns) {
  Begin();
  for (int32_t i = 0; i < 2000; ++i) PutTo(i % kQueues, "x");
  clock_.AdvanceMs(1);
  auto order = Order();
  order.messages_per_second = 100;
  Start(order);
  auto run_for = [&](int64_t ms) {
    for (int64_t end = clock_.SteadyMs() + ms; clock_.SteadyMs() < end;) {
      int64_t wait_ms = RunAll();
      clock_.AdvanceMs(std::min(wait_ms == kIdle ? 1 : wait_ms, end - clock_.SteadyMs()));
    }
    return static_cast<int64_t>(Delivered().size());
  };
  EXPECT_NEAR(static_cast<double>(run_for(5000)), 500, 2);
  ASSERT_TRUE(replays_->Steer({"r1", false, std::nullopt, 300}).ok());
  EXPECT_NEAR(static_cast<double>(run_for(2000)), 1100, 4);
  ASSERT_TRUE(replays_->Steer({"r1", false, std::nullopt, 0}).ok());
  EXPECT_EQ(Sum(Finish(), &ReplayQueue::delivered), 2000);
}

TEST_F(ReplayServiceTest, PauseResumeAndCancelHold) {
  Begin();
  for (int32_t i = 0; i < 500; ++i) PutTo(0, "x");
  clock_.AdvanceMs(1);
  auto order = Order();
  order.paused = true;
  EXPECT_EQ(Start(order).state, ReplayState::kPaused);
  RunAll();
  EXPECT_EQ(Delivered().size(), 0U);
  EXPECT_EQ(replays_->Steer({"r1", false, false, {}})->state, ReplayState::kRunning);
  replays_->Run();
  size_t put = Delivered().size();
  EXPECT_GT(put, 0U);
  EXPECT_LT(put, 500U);
  auto cancelled = replays_->Steer({"r1", true, {}, {}});
  EXPECT_EQ(cancelled->state, ReplayState::kCancelled);
  EXPECT_TRUE(cancelled->end_time_ms.has_value());
  RunAll();
  EXPECT_EQ(Delivered().size(), put);
  Crash();
  RunAll();
  EXPECT_EQ(Delivered().size(), put);
  EXPECT_EQ(StatusOf().state, ReplayState::kCancelled);
  EXPECT_EQ(replays_->Steer({"r1", true, {}, {}})->state, ReplayState::kCancelled);
  EXPECT_FALSE(replays_->Steer({"r1", false, true, {}}).ok());
  EXPECT_EQ(replays_->Steer({"no", true, {}, {}}).status().code(), ErrorCode::kNotFound);
}

TEST_F(ReplayServiceTest, TheSameOrderIsTheSameReplay) {
  Begin();
  PutTo(0, "x");
  clock_.AdvanceMs(1);
  auto order = Order();
  Start(order);
  Finish();
  clock_.AdvanceMs(1000);
  EXPECT_EQ(Start(order).state, ReplayState::kFinished);
  EXPECT_EQ(Delivered().size(), 1U);
  order.until_ms += 1;
  EXPECT_EQ(Refusal(order),
            "replay r1 was started with another order; steer it, or choose another id");
}

TEST_F(ReplayServiceTest, ASecondOneOfTheSameGroupAndTopicWaitsForTheFirst) {
  Begin();
  PutTo(0, "x");
  clock_.AdvanceMs(1);
  auto order = Order();
  Start(order);
  auto second = order;
  second.id = "r2";
  EXPECT_NE(Refusal(second).find("replay r1 of topic TopicTest for group Group is not over"),
            std::string::npos);
  Finish();
  Start(second);
  EXPECT_EQ(Sum(Finish("r2"), &ReplayQueue::delivered), 1);
  EXPECT_EQ(Delivered().size(), 2U);
}

TEST_F(ReplayServiceTest, CountsWhatTheGroupHasNotCommitted) {
  Begin();
  for (int32_t i = 0; i < 10; ++i) PutTo(0, "x");
  clock_.AdvanceMs(1);
  Start(Order());
  EXPECT_EQ(Finish().unconsumed, 10);
  offsets_->Commit("Group", protocol::RetryTopic("Group"), 0, 4);
  EXPECT_EQ(StatusOf().unconsumed, 6);
  offsets_->Commit("Group", protocol::RetryTopic("Group"), 0, 10);
  EXPECT_EQ(StatusOf().unconsumed, 0);
  EXPECT_EQ(offsets_->FindAll("Group", "TopicTest").size(), 0U);
}

TEST_F(ReplayServiceTest, WhatItNeedsIsDeletedMeanwhile) {
  Begin();
  PutTo(0, "x");
  clock_.AdvanceMs(1);
  Start(Order());
  ASSERT_TRUE(topics_->Remove("TopicTest").ok());
  replays_->OnDeleted();
  EXPECT_EQ(StatusOf().state, ReplayState::kFailed);
  EXPECT_EQ(StatusOf().message, "topic TopicTest was deleted");
  RunAll();
  EXPECT_EQ(Delivered().size(), 0U);
}

}  // namespace
}  // namespace rewindmq::broker
