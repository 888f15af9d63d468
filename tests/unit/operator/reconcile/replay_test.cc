// A replay from its start to each of its ends. What an operator that crashes leaves goes on by
// itself and is found again.

#include <algorithm>

#include "tests/unit/operator/reconcile/replay_fixture.h"

namespace rewindmq::reconcile {
namespace {

using reset::QueueState;

class ReplayTest : public ReplayFixture {
 protected:
  // Puts it and lets it begin.
  void Begin(const api::Json& object) {
    store_.Put(object);
    EXPECT_FALSE(Visit(object["metadata"]["name"]).done);
  }
  // The next visit at the time that was asked for.
  Outcome Visit(const std::string& name = "r") {
    const Outcome outcome = reconciler_->Reconcile({"team", name});
    clock_.AdvanceMs(std::max<int64_t>(outcome.requeue_after_ms, 1));
    return outcome;
  }
  void Edit(const std::string& field, const api::Json& value) {
    api::Json& spec = store_.At("r")["spec"];
    if (field == "cancel") {
      spec[field] = value;
    } else {
      spec["replay"][field] = value;
    }
    store_.At("r")["metadata"]["generation"] = ++generation_;
    store_.Touch(&store_.At("r"));
  }
  void DeliverAll(bool consumed = true) {
    cluster_.Deliver("a", 60, consumed);
    cluster_.Deliver("b", 60, consumed);
  }

  int64_t generation_ = 1;
};

TEST_F(ReplayTest, IsFollowedToItsEnd) {
  Begin(Wish());
  EXPECT_EQ(cluster_.starts, 2);
  EXPECT_EQ(cluster_.ReplayAt("a").order.id, "uid-r");
  EXPECT_EQ(cluster_.ReplayAt("a").order.messages_per_second, 251);
  EXPECT_EQ(cluster_.ReplayAt("b").order.messages_per_second, 250);
  api::OffsetReset running = store_.Read("r");
  EXPECT_EQ(running.status.phase, "Replaying");
  EXPECT_EQ(running.status.plan->messages_to_replay, 180);
  EXPECT_EQ(running.status.progress, "0/3");
  EXPECT_EQ(running.status.target->summary, "2027-01-15T07:00:00Z to 2027-01-15T07:30:00Z");

  cluster_.Deliver("a", 10);
  clock_.AdvanceMs(1'000);
  Visit();
  running = store_.Read("r");
  EXPECT_EQ(running.status.replay->delivered, 20);
  EXPECT_EQ(running.status.replay->state, "Running");
  EXPECT_EQ(running.status.table.queues[0].replay->next_offset, 50);

  DeliverAll();
  EXPECT_TRUE(Drive("r").done);
  api::OffsetReset done = store_.Read("r");
  EXPECT_EQ(End(done), "True/Replayed");
  EXPECT_EQ(done.status.phase, "Succeeded");
  EXPECT_EQ(done.status.replay->delivered, 180);
  EXPECT_EQ(done.status.replay->state, "Finished");
  EXPECT_EQ(done.status.progress, "3/3");
  EXPECT_TRUE(done.status.IsTrue(api::kVerified));
  // No offset was moved.
  EXPECT_EQ(cluster_.brokers["a"].queues[0].committed, 100);
}

TEST_F(ReplayTest, LooksLessAndLessOftenAndWritesOnChangeOnly) {
  Begin(Wish());
  int64_t last_ms = 0;
  for (int i = 0; i < 12; ++i) {
    const Outcome outcome = Visit();
    EXPECT_GE(outcome.requeue_after_ms, last_ms);
    last_ms = outcome.requeue_after_ms;
  }
  EXPECT_EQ(last_ms, 5'000);
  const int writes = store_.writes;
  for (int i = 0; i < 10; ++i) Visit();
  EXPECT_EQ(store_.writes, writes);
  // Its own writes' events do not make it look more often.
  cluster_.Deliver("a", 1);
  Visit();
  EXPECT_EQ(store_.writes, writes + 1);
  EXPECT_EQ(reconciler_->Reconcile({"team", "r"}).requeue_after_ms, 5'000 - 0);
}

TEST_F(ReplayTest, IsPausedAndGoesOnAndChangesItsSpeed) {
  Begin(Wish());
  Edit("paused", true);
  Visit();
  EXPECT_EQ(store_.Read("r").status.phase, "Paused");
  EXPECT_EQ(cluster_.ReplayAt("b").state, protocol::ReplayState::kPaused);
  EXPECT_EQ(cluster_.steerings.size(), 2u);
  Restart();
  Edit("messagesPerSecond", 10);
  Visit();
  EXPECT_EQ(cluster_.ReplayAt("a").order.messages_per_second, 5);
  EXPECT_EQ(store_.Read("r").status.phase, "Paused");
  Edit("paused", false);
  Visit();
  EXPECT_EQ(store_.Read("r").status.phase, "Replaying");
  DeliverAll();
  EXPECT_TRUE(Drive("r").done);
  EXPECT_EQ(End(store_.Read("r")), "True/Replayed");
}

TEST_F(ReplayTest, MayBeginPaused) {
  api::Json object = Wish();
  object["spec"]["replay"]["paused"] = true;
  Begin(object);
  EXPECT_EQ(store_.Read("r").status.phase, "Paused");
  EXPECT_TRUE(cluster_.steerings.empty());
}

TEST_F(ReplayTest, IsCancelledAtTheBrokers) {
  Begin(Wish());
  cluster_.Deliver("a", 10);
  Edit("cancel", true);
  EXPECT_TRUE(Visit().done);
  api::OffsetReset done = store_.Read("r");
  EXPECT_EQ(End(done), "True/Cancelled");
  EXPECT_EQ(done.status.phase, "Cancelled");
  EXPECT_EQ(done.status.replay->delivered, 20);
  EXPECT_EQ(done.status.replay->state, "Cancelled");
  EXPECT_EQ(cluster_.ReplayAt("a").state, protocol::ReplayState::kCancelled);
  EXPECT_EQ(cluster_.ReplayAt("b").state, protocol::ReplayState::kCancelled);
  EXPECT_NE(done.status.Find(api::kFinished)->message.find("20 messages delivered"),
            std::string::npos);
}

TEST_F(ReplayTest, CancelReachesABrokerThatWasAway) {
  Begin(Wish());
  cluster_.brokers["b"].silent = true;
  Edit("cancel", true);
  EXPECT_FALSE(Visit().done);
  Restart();
  cluster_.brokers["b"].silent = false;
  EXPECT_TRUE(Drive("r").done);
  EXPECT_EQ(cluster_.ReplayAt("b").state, protocol::ReplayState::kCancelled);
  EXPECT_EQ(End(store_.Read("r")), "True/Cancelled");
}

TEST_F(ReplayTest, ABrokerThatStaysAwayIsUnknown) {
  Begin(Wish());
  cluster_.brokers["b"].silent = true;
  Edit("cancel", true);
  EXPECT_TRUE(Drive("r").done);
  api::OffsetReset done = store_.Read("r");
  EXPECT_EQ(End(done), "True/Cancelled");
  EXPECT_EQ(done.status.table.queues[0].broker_name, "a");  // failed rows and unknown ones first
  EXPECT_EQ(done.status.table.queues[2].state, QueueState::kUnknown);
}

TEST_F(ReplayTest, TheDeadlineEndsItAtTheBrokers) {
  api::Json object = Wish();
  object["spec"]["activeDeadlineSeconds"] = 60;
  Begin(object);
  EXPECT_TRUE(Drive("r").done);
  EXPECT_EQ(End(store_.Read("r")), "True/DeadlineExceeded");
  EXPECT_EQ(cluster_.ReplayAt("a").state, protocol::ReplayState::kCancelled);
  EXPECT_LE(clock_.SteadyMs(), 70'000);
}

TEST_F(ReplayTest, WaitsForTheGroupToConsume) {
  Begin(Wish());
  DeliverAll(false);
  EXPECT_FALSE(Visit().done);
  EXPECT_EQ(store_.Read("r").status.phase, "Verifying");
  EXPECT_EQ(store_.Read("r").status.replay->unconsumed, 180);
  cluster_.ReplayAt("a").unconsumed = 0;
  cluster_.ReplayAt("b").unconsumed = 0;
  EXPECT_TRUE(Drive("r").done);
  EXPECT_EQ(End(store_.Read("r")), "True/Replayed");
}

TEST_F(ReplayTest, AGroupThatConsumesNothingIsAMismatch) {
  Begin(Wish());
  DeliverAll(false);
  EXPECT_TRUE(Drive("r").done);
  EXPECT_EQ(End(store_.Read("r")), "True/VerificationMismatch");
  EXPECT_GE(clock_.SteadyMs(), 60'000);
}

TEST_F(ReplayTest, AnOfflineGroupGetsItLater) {
  for (const char* name : {"a", "b"}) cluster_.brokers[name].clients_online = 0;
  Begin(Wish());
  DeliverAll(false);
  EXPECT_TRUE(Drive("r").done);
  api::OffsetReset done = store_.Read("r");
  EXPECT_EQ(End(done), "True/Replayed");
  EXPECT_EQ(ReasonOf(done, api::kVerified), "False/ConsumerNotOnline");
}

TEST_F(ReplayTest, AReplayThatABrokerLostIsAFailure) {
  Begin(Wish());
  cluster_.brokers["b"].replays.clear();
  cluster_.Deliver("a", 60);
  EXPECT_TRUE(Drive("r").done);
  api::OffsetReset done = store_.Read("r");
  EXPECT_EQ(done.status.phase, "PartiallySucceeded");
  EXPECT_EQ(done.status.table.queues[0].broker_name, "b");
  EXPECT_EQ(done.status.table.queues[0].state, QueueState::kFailed);
}

TEST_F(ReplayTest, ABrokerThatIsAwayIsWaitedFor) {
  Begin(Wish());
  cluster_.brokers["b"].silent = true;
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(Visit().done);
  EXPECT_EQ(ReasonOf(store_.Read("r"), api::kApplied), "Unknown/BrokerUnreachable");
  cluster_.brokers["b"].silent = false;
  DeliverAll();
  EXPECT_TRUE(Drive("r").done);
  EXPECT_EQ(End(store_.Read("r")), "True/Replayed");
}

TEST_F(ReplayTest, LostStartsAreAskedForAgain) {
  cluster_.brokers["a"].lose_requests = 1;
  cluster_.brokers["b"].lose_answers = 1;
  Begin(Wish());
  EXPECT_EQ(cluster_.starts, 2);
  DeliverAll();
  EXPECT_TRUE(Drive("r").done);
  EXPECT_EQ(End(store_.Read("r")), "True/Replayed");
}

TEST_F(ReplayTest, ADeletedObjectEndsItsReplay) {
  Begin(Wish());
  store_.Remove("r");
  EXPECT_TRUE(reconciler_->Reconcile({"team", "r"}).done);
  EXPECT_EQ(cluster_.ReplayAt("a").state, protocol::ReplayState::kCancelled);
  EXPECT_EQ(cluster_.ReplayAt("b").state, protocol::ReplayState::kCancelled);
}

TEST_F(ReplayTest, DryRunStartsNothing) {
  api::Json object = Wish();
  object["spec"]["dryRun"] = true;
  api::OffsetReset done = Finish(object);
  EXPECT_EQ(End(done), "True/DryRunComplete");
  EXPECT_EQ(done.status.plan->messages_to_replay, 180);
  EXPECT_EQ(cluster_.starts, 0);
}

TEST_F(ReplayTest, WrongIntervalsAreRefused) {
  api::Json object = Wish("future");
  object["spec"]["replay"]["until"] = "2027-01-15T08:00:01Z";
  EXPECT_EQ(End(Finish(object)), "True/TargetTimeInFuture");
  object = Wish("before");
  object["spec"]["target"] = {{"ago", "10m"}};
  EXPECT_EQ(End(Finish(object)), "True/UntilBeforeTime");
  EXPECT_EQ(cluster_.starts, 0);
}

TEST_F(ReplayTest, SurvivesARestartAnywhere) {
  for (int n = 1;; ++n) {
    SCOPED_TRACE(n);
    store_ = FakeStore();
    for (const char* name : {"a", "b"}) cluster_.brokers[name].replays.clear();
    Restart();
    store_.fault_at = n;
    store_.fault = n % 2 == 0 ? Fault::kCrashAfter : Fault::kCrashBefore;
    store_.Put(Wish());
    for (int visit = 0; visit < 60 && !store_.Read("r").finished(); ++visit) {
      try {
        Visit();
      } catch (const Crash&) {
        Restart();
      }
      if (visit % 3 == 2) {
        cluster_.Deliver("a", 13);
        cluster_.Deliver("b", 13);
      }
    }
    api::OffsetReset done = store_.Read("r");
    EXPECT_EQ(End(done), "True/Replayed");
    EXPECT_EQ(done.status.replay->delivered, 180);
    if (store_.writes < n) break;
    ASSERT_LT(n, 60);
  }
}

}  // namespace
}  // namespace rewindmq::reconcile
