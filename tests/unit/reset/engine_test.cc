// The engine against a cluster in memory: what is asked of each kind of broker, and what the table
// says afterwards.

#include <gtest/gtest.h>

#include "reset/apply.h"
#include "reset/planner.h"
#include "reset/recover.h"
#include "reset/snapshot.h"
#include "reset/verify.h"
#include "tests/unit/reset/fake_admin.h"

namespace rewindmq::reset {
namespace {

class EngineTest : public testing::Test {
 protected:
  EngineTest() {
    request_.topic = "orders";
    request_.group = "billing";
    request_.target = {TargetKind::kTime, 1'000'000};
  }

  // Plans and applies all brokers.
  void Run() {
    Result<Snapshot> snapshot = ReadSnapshot(&admin_, request_);
    ASSERT_TRUE(snapshot.ok()) << snapshot.status().ToString();
    table_ = MakePlan(request_, *snapshot).table;
    for (size_t i = 0; i < table_.brokers.size(); ++i) {
      if (table_.brokers[i].state != BrokerState::kPending) continue;
      result_ = ApplyToBroker(&admin_, request_, table_.brokers[i].name, 5, {}, &table_);
    }
  }
  Status Resolve(bool may_ask_again = true) {
    return ResolveInterrupted(&admin_, request_, may_ask_again, &table_.brokers[0], &table_);
  }

  FakeAdmin admin_;
  Request request_;
  Table table_;
  ApplyResult result_;
};

TEST_F(EngineTest, OnlineGroupIsResetByOneRequest) {
  FakeBroker& broker = admin_.AddBroker("a", 2);
  Run();
  ASSERT_EQ(broker.exact_resets.size(), 1u);
  EXPECT_EQ(broker.exact_resets[0].size(), 2u);
  EXPECT_EQ(table_.brokers[0].state, BrokerState::kApplied);
  EXPECT_EQ(table_.brokers[0].method, "NotifyClients");
  EXPECT_EQ(table_.brokers[0].clients_online, 1);
  for (const QueueRow& row : table_.queues) {
    EXPECT_EQ(row.state, QueueState::kApplied);
    EXPECT_EQ(row.reason, reason::kVerified);
    EXPECT_EQ(row.reported_offset, 40);
    EXPECT_EQ(row.after_offset, 40);
    EXPECT_EQ(row.LagBefore(), 0);
    EXPECT_EQ(row.LagAfter(), 60);
  }
  EXPECT_TRUE(AllVerified(table_));
}

TEST_F(EngineTest, OfflineGroupAtOurBrokerSaysSo) {
  admin_.AddBroker("a", 1).clients_online = 0;
  Run();
  EXPECT_EQ(table_.brokers[0].state, BrokerState::kApplied);
  EXPECT_EQ(table_.brokers[0].method, "BrokerSide");
  EXPECT_EQ(table_.brokers[0].reason, reason::kConsumerNotOnline);
  EXPECT_EQ(table_.brokers[0].clients_online, 0);
  EXPECT_FALSE(result_.fell_back);
}

TEST_F(EngineTest, OfflineGroupAtANotifyingBrokerFallsBack) {
  FakeBroker& broker = admin_.AddBroker("a", 3);
  broker.clients_online = 0;
  broker.manner = Manner::kNotifies;
  Run();
  EXPECT_TRUE(result_.fell_back);
  EXPECT_EQ(broker.writes, 3);
  EXPECT_EQ(table_.brokers[0].method, "BrokerSide");
  EXPECT_EQ(table_.brokers[0].response_code, 0);
  EXPECT_EQ(table_.queues[2].after_offset, 40);
}

TEST_F(EngineTest, NotifyClientsRefusesAnOfflineGroup) {
  FakeBroker& broker = admin_.AddBroker("a", 1);
  broker.clients_online = 0;
  request_.method = Method::kNotifyClients;
  Run();
  EXPECT_TRUE(broker.resets.empty());
  EXPECT_EQ(table_.brokers[0].state, BrokerState::kFailed);
  EXPECT_EQ(table_.queues[0].reason, reason::kConsumerNotOnline);
  EXPECT_EQ(*broker.queues[0].committed, 100);
}

TEST_F(EngineTest, WithheldQueueNeverMovesWhateverTheBroker) {
  for (Manner manner : {Manner::kOurs, Manner::kNotifies, Manner::kServerSide}) {
    for (size_t online : {0, 1}) {
      SCOPED_TRACE(static_cast<size_t>(manner) * 10 + online);
      admin_.brokers.clear();
      FakeBroker& broker = admin_.AddBroker("a", 3);
      broker.manner = manner;
      broker.clients_online = static_cast<int>(online);
      broker.queues[1].committed = 10;  // the target, 40, would skip
      Run();
      EXPECT_EQ(*broker.queues[1].committed, 10);
      EXPECT_EQ(table_.queues[1].state, QueueState::kUnchanged);
      EXPECT_EQ(table_.queues[0].state, QueueState::kApplied);
      EXPECT_EQ(table_.queues[2].reported_offset, 40);
      for (const auto& reset : broker.resets) {
        EXPECT_TRUE(manner == Manner::kOurs || !reset.force);
      }
      EXPECT_EQ(broker.exact_resets.size(), manner == Manner::kOurs ? 1u : 0u);
      // A client pauses for 10 seconds at each notice: one must do where one can.
      const std::map<Manner, size_t> kNotices = {
          {Manner::kOurs, 1}, {Manner::kNotifies, online}, {Manner::kServerSide, 2}};
      EXPECT_EQ(broker.resets.size(), kNotices.at(manner));
    }
  }
}

TEST_F(EngineTest, SkipOnlyRefusesWhatWouldReplay) {
  request_.direction = Direction::kSkipOnly;
  FakeBroker& broker = admin_.AddBroker("a", 2);
  broker.manner = Manner::kNotifies;
  broker.queues[1].committed = 10;
  Run();
  EXPECT_TRUE(broker.resets.empty());
  EXPECT_EQ(table_.queues[1].reason, reason::kBackwardReplayNotAllowed);
  EXPECT_EQ(table_.queues[1].state, QueueState::kFailed);
}

TEST_F(EngineTest, EveryBrokerHasItsOwnResult) {
  admin_.AddBroker("a", 1);
  admin_.AddBroker("b", 1).has_master = false;
  admin_.AddBroker("c", 1).silent = true;
  admin_.AddBroker("d", 1).reject_reset = Status::Rejected(26, "group billing not exist");
  admin_.AddBroker("e", 1);
  Run();
  ASSERT_EQ(table_.brokers.size(), 5u);
  EXPECT_EQ(table_.queues[0].state, QueueState::kApplied);
  EXPECT_EQ(table_.queues[1].reason, reason::kBrokerUnreachable);
  EXPECT_EQ(table_.queues[2].reason, reason::kBrokerUnreachable);
  EXPECT_EQ(table_.queues[3].reason, reason::kConsumerGroupNotFound);
  EXPECT_EQ(table_.brokers[3].response_code, 26);
  EXPECT_EQ(table_.brokers[3].remark, "group billing not exist");
  EXPECT_EQ(table_.queues[4].state, QueueState::kApplied);
}

TEST_F(EngineTest, NothingIsAskedWithoutAnIntent) {
  FakeBroker& broker = admin_.AddBroker("a", 1);
  Result<Snapshot> snapshot = ReadSnapshot(&admin_, request_);
  table_ = MakePlan(request_, *snapshot).table;
  int calls = 0;
  auto result = ApplyToBroker(
      &admin_, request_, "a", 5,
      [&](const BrokerRow& row) {
        ++calls;
        EXPECT_EQ(row.state, BrokerState::kApplying);
        EXPECT_EQ(table_.queues[0].state, QueueState::kApplying);
        return Status(ErrorCode::kConflict, "changed");
      },
      &table_);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(result.outcome, ApplyOutcome::kNotRecorded);
  EXPECT_TRUE(broker.resets.empty());
  EXPECT_EQ(table_.brokers[0].state, BrokerState::kPending);
  EXPECT_EQ(table_.queues[0].state, QueueState::kPlanned);
}

TEST_F(EngineTest, UnreachableBeforeTheActIsNotAnOutcome) {
  FakeBroker& broker = admin_.AddBroker("a", 1);
  Result<Snapshot> snapshot = ReadSnapshot(&admin_, request_);
  table_ = MakePlan(request_, *snapshot).table;
  broker.silent = true;
  auto result = ApplyToBroker(&admin_, request_, "a", 5, {}, &table_);
  EXPECT_EQ(result.outcome, ApplyOutcome::kUnreachable);
  EXPECT_EQ(table_.queues[0].state, QueueState::kPlanned);
  EXPECT_EQ(table_.brokers[0].attempts, 0);
}

TEST_F(EngineTest, LostAnswerIsReadFromTheOffsets) {
  admin_.AddBroker("a", 2).lose_answers = 1;
  Run();
  EXPECT_EQ(table_.brokers[0].state, BrokerState::kApplying);
  ASSERT_TRUE(Resolve().ok());
  EXPECT_EQ(table_.brokers[0].state, BrokerState::kApplied);
  EXPECT_EQ(table_.queues[1].after_offset, 40);
  EXPECT_EQ(admin_.brokers["a"].exact_resets.size(), 1u);
}

TEST_F(EngineTest, LostRewindIsUnknownAndNeverRepeated) {
  admin_.AddBroker("a", 1).lose_requests = 1;
  Run();
  ASSERT_TRUE(Resolve().ok());
  EXPECT_EQ(table_.brokers[0].state, BrokerState::kUnknown);
  EXPECT_EQ(table_.queues[0].state, QueueState::kUnknown);
  EXPECT_EQ(table_.queues[0].reason, reason::kOutcomeUnknown);
}

TEST_F(EngineTest, LostSkipMayBeAskedAgain) {
  request_.direction = Direction::kAny;
  request_.target = {TargetKind::kLatest, 0};
  FakeBroker& broker = admin_.AddBroker("a", 2);
  broker.queues[0].committed = broker.queues[1].committed = 10;
  broker.lose_requests = 1;
  Run();
  ASSERT_TRUE(Resolve().ok());
  EXPECT_EQ(table_.brokers[0].state, BrokerState::kPending);
  EXPECT_EQ(table_.queues[0].state, QueueState::kPlanned);
  ApplyToBroker(&admin_, request_, "a", 6, {}, &table_);
  EXPECT_EQ(broker.exact_resets.size(), 1u);
  EXPECT_EQ(table_.queues[0].after_offset, 100);
  EXPECT_EQ(table_.brokers[0].attempts, 2);
}

TEST_F(EngineTest, LostSkipIsUnknownWhenPatienceIsOver) {
  request_.direction = Direction::kAny;
  request_.target = {TargetKind::kLatest, 0};
  FakeBroker& broker = admin_.AddBroker("a", 1);
  broker.queues[0].committed = 10;
  broker.lose_requests = 1;
  Run();
  ASSERT_TRUE(Resolve(false).ok());
  EXPECT_EQ(table_.queues[0].state, QueueState::kUnknown);
}

TEST_F(EngineTest, VerificationWaitsForTheClientsOfANotifyingBroker) {
  FakeBroker& broker = admin_.AddBroker("a", 1);
  broker.manner = Manner::kNotifies;
  Run();
  EXPECT_FALSE(AllVerified(table_));
  broker.queues[0].committed = 55;  // the client has moved, and reads on
  ASSERT_TRUE(Observe(&admin_, request_, table_.brokers[0], &table_).ok());
  EXPECT_TRUE(AllVerified(table_));
  EXPECT_EQ(table_.queues[0].after_offset, 55);
}

TEST_F(EngineTest, VerificationGivesUpWithWhatItSaw) {
  FakeBroker& broker = admin_.AddBroker("a", 2);
  broker.manner = Manner::kNotifies;
  Run();
  broker.queues[1].committed = 3;
  ASSERT_TRUE(Observe(&admin_, request_, table_.brokers[0], &table_).ok());
  GiveUpVerifying(&table_);
  EXPECT_EQ(table_.queues[0].reason, reason::kVerificationMismatch);
  EXPECT_EQ(table_.queues[0].after_offset, 100);
  EXPECT_EQ(table_.queues[1].reason, reason::kOffsetMovedAfterReset);
  EXPECT_EQ(table_.queues[1].state, QueueState::kFailed);
}

TEST_F(EngineTest, QueuesAboveTheWriteQueuesAreNotCovered) {
  FakeBroker& broker = admin_.AddBroker("a", 2);
  broker.manner = Manner::kNotifies;
  broker.queues[1].writable = false;
  Run();
  EXPECT_EQ(table_.queues[1].state, QueueState::kNotCovered);
  broker.manner = Manner::kServerSide;
  Run();
  EXPECT_EQ(table_.queues[1].state, QueueState::kApplied);
}

struct JudgeCase {
  std::optional<int64_t> before;
  int64_t target;
  int64_t committed;
  Evidence evidence;
};

TEST(JudgeTest, FollowsTheCrashTable) {
  const JudgeCase kCases[] = {
      {100, 40, 40, Evidence::kHolds},        {100, 40, 99, Evidence::kHolds},
      {100, 40, 100, Evidence::kNotYet},      {100, 40, 140, Evidence::kNotYet},
      {100, 40, 39, Evidence::kElsewhere},    {40, 100, 100, Evidence::kHolds},
      {40, 100, 140, Evidence::kHolds},       {40, 100, 40, Evidence::kNotYet},
      {40, 100, 99, Evidence::kNotYet},       {40, 100, 39, Evidence::kElsewhere},
      {40, 40, 41, Evidence::kHolds},         {40, 40, 39, Evidence::kElsewhere},
      {std::nullopt, 7, 7, Evidence::kHolds},
  };
  for (const JudgeCase& c : kCases) {
    QueueRow row;
    row.before_offset = c.before;
    row.target_offset = c.target;
    EXPECT_EQ(Judge(row, c.committed), c.evidence)
        << c.before.value_or(-1) << " " << c.target << " " << c.committed;
  }
}

}  // namespace
}  // namespace rewindmq::reset
