// What must hold whatever happens between two steps: a broker is asked at most once for a rewind,
// and the object always ends with a true account.

#include "tests/unit/operator/reconcile/fixture.h"

namespace rewindmq::reconcile {
namespace {

using reset::QueueState;

class InterruptionTest : public ReconcilerTest, public testing::WithParamInterface<Fault> {
 protected:
  // Every row is true: applied rows are at their target, and no broker was asked twice.
  void ExpectTrueAccount(int n) {
    SCOPED_TRACE(n);
    api::OffsetReset done = store_.Read("r");
    ASSERT_TRUE(done.finished());
    for (const reset::QueueRow& row : done.status.table.queues) {
      const auto id = static_cast<size_t>(row.queue_id);
      const int64_t committed = *admin_.brokers[row.broker_name].queues[id].committed;
      if (row.state == QueueState::kApplied) {
        EXPECT_EQ(committed, 40);
        EXPECT_EQ(row.after_offset, 40);
      } else {
        EXPECT_TRUE(done.status.IsTrue(api::kFailed));
        EXPECT_EQ(committed, 100) << reset::Name(row.state);
      }
    }
    for (const char* name : {"a", "b"}) EXPECT_LE(Resets(name), 1);
    EXPECT_EQ(done.status.IsTrue(api::kComplete), End(done) == "True/AllQueuesReset");
  }
};

TEST_P(InterruptionTest, EveryWriteMayFail) {
  int completed = 0;
  bool reached_end = false;
  for (int n = 1; !reached_end; ++n) {
    store_ = FakeStore();
    admin_ = reset::FakeAdmin();
    admin_.AddBroker("a", 2);
    admin_.AddBroker("b", 1);
    Restart();
    store_.Put(Object("r"));
    store_.fault_at = n;
    store_.fault = GetParam();
    try {
      Drive("r");
    } catch (const Crash&) {
      Restart();
    }
    reached_end = store_.writes < n;
    EXPECT_TRUE(Drive("r").done);
    ExpectTrueAccount(n);
    completed += store_.Read("r").status.IsTrue(api::kComplete) ? 1 : 0;
    ASSERT_LT(n, 30);
  }
  // Only an intent that was written and never followed may end without a result, one a broker.
  EXPECT_GE(completed, 6);
}

INSTANTIATE_TEST_SUITE_P(AllFaults, InterruptionTest,
                         testing::Values(Fault::kConflict, Fault::kErrorBefore, Fault::kErrorAfter,
                                         Fault::kCrashBefore, Fault::kCrashAfter));

TEST_F(ReconcilerTest, AnswerIsWrittenOverSomebodyElsesEdit) {
  admin_.AddBroker("a", 1);
  admin_.before_reset = [this] {
    store_.At("r")["metadata"]["labels"]["edited"] = "meanwhile";
    store_.Touch(&store_.At("r"));
  };
  api::OffsetReset done = Finish(Object("r"));
  EXPECT_EQ(End(done), "True/AllQueuesReset");
  EXPECT_EQ(store_.At("r")["metadata"]["labels"]["edited"], "meanwhile");
  EXPECT_EQ(Resets("a"), 1);
}

TEST_F(ReconcilerTest, RememberedAnswerSurvivesAnApiServerThatIsAway) {
  reset::FakeBroker& broker = admin_.AddBroker("a", 1);
  store_.Put(Object("r"));
  store_.fault_at = 4;  // accept, plan, intent, answer
  store_.fault = Fault::kErrorBefore;
  Outcome outcome = reconciler_->Reconcile({"team", "r"});
  EXPECT_EQ(outcome.error.code(), ErrorCode::kUnavailable);
  broker.queues[0].committed = 130;  // the group has replayed everything and more: no evidence
  EXPECT_TRUE(Drive("r").done);
  EXPECT_EQ(End(store_.Read("r")), "True/AllQueuesReset");
  EXPECT_EQ(Resets("a"), 1);
}

TEST_F(ReconcilerTest, CrashBetweenIntentAndRequestIsInterrupted) {
  admin_.AddBroker("a", 1);
  admin_.AddBroker("b", 1);
  store_.Put(Object("r"));
  store_.fault_at = 3;
  store_.fault = Fault::kCrashAfter;
  EXPECT_THROW(Drive("r"), Crash);
  Restart();
  EXPECT_TRUE(Drive("r").done);
  api::OffsetReset done = store_.Read("r");
  EXPECT_EQ(done.status.phase, "Interrupted");
  EXPECT_EQ(End(done), "True/OutcomeUnknown");
  EXPECT_EQ(done.status.table.queues[0].state, QueueState::kUnknown);
  EXPECT_EQ(done.status.table.queues[1].state, QueueState::kNotAttempted);
  EXPECT_EQ(Resets("a") + Resets("b"), 0);
}

TEST_F(ReconcilerTest, ResumeAsksOnceMore) {
  for (reset::Manner manner : {reset::Manner::kOurs, reset::Manner::kNotifies}) {
    store_ = FakeStore();
    admin_ = reset::FakeAdmin();
    reset::FakeBroker& broker = admin_.AddBroker("a", 2);
    broker.manner = manner;
    api::Json object = Object("r");
    object["spec"]["interruptedPolicy"] = "Resume";
    store_.Put(object);
    store_.fault_at = 3;
    store_.fault = Fault::kCrashAfter;
    EXPECT_THROW(Drive("r"), Crash);
    Restart();
    reconciler_->Reconcile({"team", "r"});
    EXPECT_EQ(Resets("a"), 1);
    for (reset::FakeQueue& queue : broker.queues) queue.committed = 40;
    EXPECT_TRUE(Drive("r").done);
    api::OffsetReset done = store_.Read("r");
    EXPECT_EQ(End(done), "True/AllQueuesReset");
    EXPECT_EQ(done.status.table.brokers[0].attempts, 2);
    EXPECT_EQ(Resets("a"), 1);
  }
}

TEST_F(ReconcilerTest, ResumeDoesNotUndoWhatSomebodyElseDid) {
  reset::FakeBroker& broker = admin_.AddBroker("a", 1);
  api::Json object = Object("r");
  object["spec"]["interruptedPolicy"] = "Resume";
  store_.Put(object);
  store_.fault_at = 3;
  store_.fault = Fault::kCrashAfter;
  EXPECT_THROW(Drive("r"), Crash);
  Restart();
  broker.queues[0].committed = 10;
  EXPECT_TRUE(Drive("r").done);
  EXPECT_EQ(End(store_.Read("r")), "True/OutcomeUnknown");
  EXPECT_EQ(Resets("a"), 0);
}

TEST_F(ReconcilerTest, ResumeEndsWithTheBackoffLimit) {
  admin_.AddBroker("a", 1).lose_requests = 100;
  api::Json object = Object("r");
  object["spec"]["interruptedPolicy"] = "Resume";
  object["spec"]["backoffLimit"] = 2;
  api::OffsetReset done = Finish(object);
  EXPECT_EQ(End(done), "True/OutcomeUnknown");
  EXPECT_EQ(done.status.table.brokers[0].attempts, 3);
}

TEST_F(ReconcilerTest, APlanFromBeforeARestartIsHeldAgainstTheRoute) {
  reset::FakeBroker& broker = admin_.AddBroker("a", 1);
  store_.Put(Object("r"));
  store_.fault_at = 2;  // accept, plan
  store_.fault = Fault::kCrashAfter;
  EXPECT_THROW(Drive("r"), Crash);
  Restart();
  broker.queues.resize(2);
  EXPECT_TRUE(Drive("r").done);
  EXPECT_EQ(End(store_.Read("r")), "True/RouteChanged");
  EXPECT_EQ(Resets("a"), 0);
}

TEST_F(ReconcilerTest, ATopicThatIsGoneAfterARestartIsSaid) {
  admin_.AddBroker("a", 1);
  store_.Put(Object("r"));
  store_.fault_at = 2;
  store_.fault = Fault::kCrashAfter;
  EXPECT_THROW(Drive("r"), Crash);
  Restart();
  admin_.topic = "another";
  EXPECT_TRUE(Drive("r").done);
  EXPECT_EQ(End(store_.Read("r")), "True/TopicNotFound");
}

TEST_F(ReconcilerTest, LostAnswerIsFoundInTheOffsets) {
  admin_.AddBroker("a", 1).lose_answers = 1;
  EXPECT_EQ(End(Finish(Object("r"))), "True/AllQueuesReset");
  EXPECT_EQ(Resets("a"), 1);
}

TEST_F(ReconcilerTest, LostRequestIsNotRepeated) {
  admin_.AddBroker("a", 1).lose_requests = 1;
  EXPECT_EQ(End(Finish(Object("r"))), "True/OutcomeUnknown");
  EXPECT_EQ(Resets("a"), 0);
}

TEST_F(ReconcilerTest, LostSkipIsRepeated) {
  reset::FakeBroker& broker = admin_.AddBroker("a", 1);
  broker.lose_requests = 1;
  broker.queues[0].committed = 10;
  api::Json object = Object("r");
  object["spec"]["target"] = {{"position", "Latest"}};
  object["spec"]["direction"] = "SkipOnly";
  api::OffsetReset done = Finish(object);
  EXPECT_EQ(End(done), "True/AllQueuesReset");
  EXPECT_EQ(done.status.table.brokers[0].attempts, 2);
}

TEST_F(ReconcilerTest, BrokerThatDiesWithTheRequestIsUnknown) {
  admin_.AddBroker("a", 1);
  admin_.before_reset = [this] { admin_.brokers["a"].silent = true; };
  api::OffsetReset done = Finish(Object("r"));
  EXPECT_EQ(End(done), "True/OutcomeUnknown");
  EXPECT_EQ(done.status.phase, "Interrupted");
}

TEST_F(ReconcilerTest, OneAtATimeOldestFirst) {
  reset::FakeBroker& broker = admin_.AddBroker("a", 1);
  broker.manner = reset::Manner::kNotifies;
  api::Json young = Object("a-young");
  young["metadata"]["creationTimestamp"] = "2027-01-15T07:59:30Z";
  store_.Put(young);
  store_.Put(Object("old"));
  EXPECT_FALSE(reconciler_->Reconcile({"team", "a-young"}).done);
  EXPECT_EQ(store_.Read("a-young").status.phase, "Queued");
  EXPECT_FALSE(reconciler_->Reconcile({"team", "old"}).done);
  EXPECT_EQ(Resets("a"), 1);
  int writes = store_.writes;
  EXPECT_FALSE(reconciler_->Reconcile({"team", "a-young"}).done);
  EXPECT_EQ(store_.writes, writes);
  Restart();  // the one that has begun goes on first
  EXPECT_FALSE(reconciler_->Reconcile({"team", "a-young"}).done);
  EXPECT_EQ(Resets("a"), 1);
  broker.queues[0].committed = 50;
  clock_.AdvanceMs(1000);
  EXPECT_TRUE(Drive("old").done);
  broker.queues[0].committed = 100;
  Drive("a-young");
  EXPECT_EQ(Resets("a"), 2);
  EXPECT_EQ(store_.Read("a-young").status.table.queues[0].before_offset, 100);
}

TEST_F(ReconcilerTest, OtherGroupsDoNotWait) {
  admin_.AddBroker("a", 1).silent = true;
  store_.Put(Object("first"));
  reconciler_->Reconcile({"team", "first"});
  admin_.brokers["a"].silent = false;
  api::Json other = Object("second");
  other["spec"]["consumerGroup"] = "shipping";
  EXPECT_EQ(End(Finish(other)), "True/AllQueuesReset");
}

}  // namespace
}  // namespace rewindmq::reconcile
