// Every form of a target, the limits and the times, and what the hash binds.

#include <gtest/gtest.h>

#include "reset/planner.h"
#include "reset/snapshot.h"
#include "tests/unit/reset/fake_admin.h"

namespace rewindmq::reset {
namespace {

constexpr int64_t kNowMs = 1'800'000'000'000;

Request MakeRequest(TargetKind kind, Direction direction = Direction::kAny) {
  Request request;
  request.topic = "orders";
  request.group = "billing";
  request.target.kind = kind;
  request.target.time_ms = 1'000'000;
  request.direction = direction;
  return request;
}

Request At(int64_t offset, int32_t queue_id = 0, const std::string& broker = "a",
           const std::string& topic = "orders") {
  Request request = MakeRequest(TargetKind::kOffsets);
  request.target.offsets[{topic, broker, queue_id}] = offset;
  return request;
}

class TargetsTest : public testing::Test {
 protected:
  TargetsTest() {
    broker_ = &admin_.AddBroker("a", 2);
    for (FakeQueue& queue : broker_->queues) queue.min = 10;
  }
  Plan PlanOf(const Request& request) {
    Result<Snapshot> snapshot = ReadSnapshot(&admin_, request);
    EXPECT_TRUE(snapshot.ok()) << snapshot.status().ToString();
    return MakePlan(request, *snapshot, kNowMs);
  }

  FakeAdmin admin_;
  FakeBroker* broker_;
};

struct OffsetCase {
  const char* what;
  Request request;
  QueueState state;
  std::string_view reason;
  const char* words;
};

TEST_F(TargetsTest, ExactOffsetsAreTakenAsTheyAreOrRefused) {
  const OffsetCase kCases[] = {
      {"inside", At(40), QueueState::kPlanned, "", ""},
      {"the first", At(10), QueueState::kPlanned, "", ""},
      {"the end", At(100), QueueState::kUnchanged, reason::kNothingToDo, "already"},
      {"negative", At(-1), QueueState::kFailed, reason::kOffsetOutOfRange, "is negative"},
      {"beyond", At(101), QueueState::kFailed, reason::kOffsetOutOfRange, "beyond the end"},
      {"deleted", At(9), QueueState::kFailed, reason::kOffsetOutOfRange, "deleted already"},
      {"no queue", At(40, 7), QueueState::kFailed, reason::kQueueNotFound, "no queue 7"},
      {"no broker", At(40, 0, "z"), QueueState::kFailed, reason::kQueueNotFound, "broker z"},
  };
  for (const OffsetCase& c : kCases) {
    SCOPED_TRACE(c.what);
    Plan plan = PlanOf(c.request);
    ASSERT_EQ(plan.table.queues.size(), 1u);
    EXPECT_EQ(Name(plan.table.queues[0].state), Name(c.state));
    EXPECT_EQ(plan.table.queues[0].reason, c.reason);
    EXPECT_NE(plan.table.queues[0].message.find(c.words), std::string::npos)
        << plan.table.queues[0].message;
  }
}

TEST_F(TargetsTest, NamedOffsetsMoveQueuesThatWereNeverCommitted) {
  broker_->queues[0].committed = broker_->queues[1].committed = std::nullopt;
  Plan plan = PlanOf(At(40));
  EXPECT_EQ(plan.problem, "");
  EXPECT_EQ(plan.table.queues[0].state, QueueState::kPlanned);
  EXPECT_EQ(plan.messages_to_replay, 0);
}

TEST_F(TargetsTest, RestoredOffsetsAreBentIntoTheQueueWithAWord) {
  Request request = At(3);
  request.target.kind = TargetKind::kRestoreFrom;
  Plan plan = PlanOf(request);
  EXPECT_EQ(plan.table.queues[0].state, QueueState::kPlanned);
  EXPECT_EQ(plan.table.queues[0].target_offset, 10);
  EXPECT_NE(plan.table.queues[0].message.find("was at 3"), std::string::npos);
}

TEST_F(TargetsTest, PositionsAreTheEnds) {
  EXPECT_EQ(PlanOf(MakeRequest(TargetKind::kEarliest)).table.queues[0].target_offset, 10);
  EXPECT_EQ(PlanOf(MakeRequest(TargetKind::kLatest)).table.queues[0].target_offset, 100);
}

TEST_F(TargetsTest, LimitsNameBothFigures) {
  Request request = MakeRequest(TargetKind::kEarliest);
  request.limits.max_replay_messages = 180;
  EXPECT_EQ(PlanOf(request).problem, "");
  request.limits.max_replay_messages = 179;
  Plan plan = PlanOf(request);
  EXPECT_EQ(plan.problem, reason::kLimitExceeded);
  EXPECT_NE(plan.problem_message.find("180"), std::string::npos);
  EXPECT_NE(plan.problem_message.find("179"), std::string::npos);
  broker_->queues[0].committed = 10;
  request = MakeRequest(TargetKind::kLatest);
  request.limits.max_skip_messages = 89;
  EXPECT_EQ(PlanOf(request).problem, reason::kLimitExceeded);
}

TEST_F(TargetsTest, TimesThatCannotBeMeantAreRefused) {
  Request request = MakeRequest(TargetKind::kTime);
  request.target.time_ms = kNowMs + 1;
  EXPECT_EQ(PlanOf(request).problem, reason::kTargetTimeInFuture);
  request.target.time_ms = kNowMs - 1000;
  request.replay = Replay{kNowMs - 1000, {}, {}, 0, false};
  EXPECT_EQ(PlanOf(request).problem, reason::kUntilBeforeTime);
  request.replay->until_ms = kNowMs + 1;
  EXPECT_EQ(PlanOf(request).problem, reason::kTargetTimeInFuture);
  request.replay->until_ms = kNowMs;
  EXPECT_EQ(PlanOf(request).problem, "");
}

TEST_F(TargetsTest, RetryTopicHasRowsOfItsOwn) {
  broker_->retry_queues.resize(1);
  Request request = MakeRequest(TargetKind::kTime);
  EXPECT_EQ(PlanOf(request).table.queues.size(), 2u);
  request.include_retry_topic = true;
  Plan plan = PlanOf(request);
  ASSERT_EQ(plan.table.queues.size(), 3u);
  EXPECT_EQ(plan.table.queues[2].topic, "%RETRY%billing");
  EXPECT_EQ(plan.messages_to_replay, 180);
  broker_->manner = Manner::kNotifies;
  plan = PlanOf(request);
  EXPECT_EQ(plan.table.queues[2].reason, reason::kNotSupportedByBroker);
  EXPECT_EQ(plan.table.queues[0].state, QueueState::kPlanned);
}

TEST_F(TargetsTest, BroadcastingGroupsNeedTheirMembers) {
  for (FakeQueue& queue : broker_->queues) queue.committed = std::nullopt;
  broker_->message_model = protocol::MessageModel::kBroadcasting;
  Plan plan = PlanOf(MakeRequest(TargetKind::kTime));
  EXPECT_EQ(plan.problem, "");
  EXPECT_EQ(plan.table.queues[0].state, QueueState::kPlanned);
  EXPECT_TRUE(plan.table.brokers[0].broadcasting);
  admin_.AddBroker("b", 1).clients_online = 0;
  plan = PlanOf(MakeRequest(TargetKind::kTime));
  EXPECT_EQ(plan.table.queues[2].reason, reason::kBroadcastingOffline);
  broker_->manner = Manner::kServerSide;
  plan = PlanOf(MakeRequest(TargetKind::kTime));
  EXPECT_EQ(plan.table.queues[0].reason, reason::kNotSupportedByBroker);
}

TEST_F(TargetsTest, ReplayMovesNothing) {
  Request request = MakeRequest(TargetKind::kTime);
  request.replay = Replay{kNowMs - 1, {}, {}, 0, false};
  broker_->queues[0].by_time = 40;
  Result<Snapshot> snapshot = ReadSnapshot(&admin_, request);
  snapshot->brokers[0].queues[0].replay_end = 70;
  snapshot->brokers[0].queues[1].replay_end = 40;
  Plan plan = MakePlan(request, *snapshot, kNowMs);
  EXPECT_EQ(plan.table.queues[0].state, QueueState::kPlanned);
  EXPECT_EQ(plan.table.queues[0].replay->begin_offset, 40);
  EXPECT_EQ(plan.table.queues[0].replay->end_offset, 70);
  EXPECT_FALSE(plan.table.queues[0].target_offset.has_value());
  EXPECT_EQ(plan.table.queues[1].reason, reason::kNothingToDo);
  EXPECT_EQ(plan.messages_to_replay, 30);
  EXPECT_EQ(plan.messages_to_skip, 0);
}

TEST_F(TargetsTest, HashBindsWhatWillHappenOnly) {
  Request latest = MakeRequest(TargetKind::kLatest);
  const std::string hash = PlanOf(latest).hash;
  broker_->queues[0].max = 500;  // the queue grows
  broker_->queues[1].committed = 20;
  EXPECT_EQ(PlanOf(latest).hash, hash);
  EXPECT_NE(PlanOf(MakeRequest(TargetKind::kEarliest)).hash, hash);
  Request scoped = latest;
  scoped.scope.queues = {{"a", 0}, {"a", 1}};
  EXPECT_NE(PlanOf(scoped).hash, hash);
  Request retry = latest;
  retry.include_retry_topic = true;
  EXPECT_NE(PlanOf(retry).hash, hash);
  EXPECT_NE(PlanOf(At(40)).hash, PlanOf(At(41)).hash);
  Request replay = MakeRequest(TargetKind::kTime);
  replay.replay = Replay{kNowMs - 5, {}, {}, 0, false};
  const std::string replay_hash = PlanOf(replay).hash;
  replay.replay->messages_per_second = 7;
  replay.replay->paused = true;
  EXPECT_EQ(PlanOf(replay).hash, replay_hash);
  replay.replay->tag = "A";
  EXPECT_NE(PlanOf(replay).hash, replay_hash);
}

}  // namespace
}  // namespace rewindmq::reset
