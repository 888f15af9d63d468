// A plan that waits for its approval: what is done is what was reviewed, or nothing.

#include <algorithm>

#include "tests/unit/operator/reconcile/fixture.h"

namespace rewindmq::reconcile {
namespace {

using reset::QueueState;

class ApprovalTest : public ReconcilerTest {
 protected:
  // Puts it and drives it to where it waits.
  api::OffsetReset Waiting(const api::Json& object) {
    store_.Put(object);
    const std::string name = object["metadata"]["name"];
    const Outcome outcome = reconciler_->Reconcile({"team", name});
    EXPECT_FALSE(outcome.done);
    EXPECT_EQ(outcome.requeue_after_ms, 0);
    EXPECT_TRUE(outcome.error.ok());
    return store_.Read(name);
  }

  void Edit(const std::string& name, const std::string& field, const api::Json& value) {
    store_.At(name)["spec"][field] = value;
    store_.Touch(&store_.At(name));
  }
  void Approve(const std::string& name) {
    Edit(name, "approvedPlanHash", store_.Read(name).status.plan->hash);
  }
};

TEST_F(ApprovalTest, WaitsWithThePlanAndActsOnceApproved) {
  admin_.AddBroker("a", 2);
  api::OffsetReset waiting = Waiting(ToBeApproved("r"));
  EXPECT_EQ(waiting.status.phase, "AwaitingApproval");
  EXPECT_EQ(ReasonOf(waiting, api::kApproved), "Unknown/AwaitingApproval");
  const std::string hash = waiting.status.plan->hash;
  EXPECT_NE(waiting.status.Find(api::kApproved)->message.find(hash), std::string::npos);
  EXPECT_EQ(waiting.status.table.queues[0].state, QueueState::kPlanned);
  EXPECT_EQ(store_.events.back(), "OffsetResetAwaitingApproval");
  EXPECT_EQ(Resets("a"), 0);

  // Further events change nothing and write nothing.
  const int writes = store_.writes;
  EXPECT_FALSE(reconciler_->Reconcile({"team", "r"}).done);
  EXPECT_EQ(store_.writes, writes);

  Approve("r");
  EXPECT_TRUE(Drive("r").done);
  EXPECT_EQ(End(store_.Read("r")), "True/AllQueuesReset");
  EXPECT_TRUE(store_.Read("r").status.IsTrue(api::kApproved));
  EXPECT_EQ(Resets("a"), 1);
}

TEST_F(ApprovalTest, AnotherPlanIsNotApproved) {
  reset::FakeBroker& broker = admin_.AddBroker("a", 1);
  Waiting(ToBeApproved("r"));
  Approve("r");
  broker.queues[0].min = 60;  // the messages between are gone by now
  broker.queues[0].by_time = 60;
  EXPECT_TRUE(Drive("r").done);
  api::OffsetReset done = store_.Read("r");
  EXPECT_EQ(End(done), "True/PlanHashChanged");
  EXPECT_EQ(done.status.phase, "Failed");
  const std::string message = done.status.Find(api::kFailed)->message;
  EXPECT_NE(message.find("plan of a new OffsetReset"), std::string::npos) << message;
  EXPECT_EQ(done.status.table.queues[0].state, QueueState::kNotAttempted);
  EXPECT_EQ(Resets("a"), 0);
}

TEST_F(ApprovalTest, AHashGivenAtOnceIsHeldAgainstThePlan) {
  admin_.AddBroker("a", 1);
  const std::string hash = Waiting(ToBeApproved("first")).status.plan->hash;
  api::Json same = ToBeApproved("same");
  same["spec"]["approvedPlanHash"] = hash;
  EXPECT_EQ(End(Finish(same)), "True/AllQueuesReset");
  api::Json other = ToBeApproved("other");
  other["spec"]["approvedPlanHash"] = "0000000000000000";
  EXPECT_EQ(End(Finish(other)), "True/PlanHashChanged");
}

TEST_F(ApprovalTest, WaitingTakesNoTimeAndKeepsNobodyWaiting) {
  admin_.AddBroker("a", 1);
  Waiting(ToBeApproved("patient"));
  EXPECT_EQ(End(Finish(Object("other"))), "True/AllQueuesReset");
  admin_.brokers["a"].queues[0].committed = 100;
  clock_.AdvanceMs(100'000'000);
  EXPECT_FALSE(reconciler_->Reconcile({"team", "patient"}).done);
  Approve("patient");
  EXPECT_TRUE(Drive("patient").done);
  EXPECT_EQ(End(store_.Read("patient")), "True/AllQueuesReset");
}

TEST_F(ApprovalTest, TheDeadlineCountsFromTheApproval) {
  admin_.AddBroker("a", 1).manner = reset::Manner::kNotifies;
  api::Json object = ToBeApproved("r");
  object["spec"]["verify"]["settleSeconds"] = 20;
  object["spec"]["activeDeadlineSeconds"] = 25;
  Waiting(object);
  clock_.AdvanceMs(1'000'000);
  Approve("r");
  EXPECT_FALSE(reconciler_->Reconcile({"team", "r"}).done);
  EXPECT_EQ(store_.Read("r").status.phase, "Verifying");
}

TEST_F(ApprovalTest, ApprovedOnesQueueByAge) {
  reset::FakeBroker& broker = admin_.AddBroker("a", 1);
  broker.manner = reset::Manner::kNotifies;
  Waiting(ToBeApproved("old"));
  api::Json young = Object("young");
  young["metadata"]["creationTimestamp"] = "2027-01-15T07:59:30Z";
  store_.Put(young);
  EXPECT_FALSE(reconciler_->Reconcile({"team", "young"}).done);
  EXPECT_EQ(store_.Read("young").status.phase, "Verifying");
  Approve("old");
  EXPECT_GT(reconciler_->Reconcile({"team", "old"}).requeue_after_ms, 0);
  api::OffsetReset queued = store_.Read("old");
  EXPECT_EQ(queued.status.phase, "Queued");
  EXPECT_EQ(ReasonOf(queued, api::kApplied), "Unknown/ConcurrentReset");
  EXPECT_TRUE(queued.status.IsTrue(api::kPlanned));
  clock_.AdvanceMs(100'000'000);
  EXPECT_FALSE(reconciler_->Reconcile({"team", "old"}).done);
  Drive("young");
  Drive("old");
  EXPECT_EQ(Resets("a"), 2);
  EXPECT_NE(End(store_.Read("old")), "True/DeadlineExceeded");
}

TEST_F(ApprovalTest, CanBeCancelledWhileItWaits) {
  admin_.AddBroker("a", 1);
  Waiting(ToBeApproved("r"));
  Edit("r", "cancel", true);
  EXPECT_TRUE(reconciler_->Reconcile({"team", "r"}).done);
  api::OffsetReset done = store_.Read("r");
  EXPECT_EQ(End(done), "True/Cancelled");
  EXPECT_EQ(done.status.table.queues[0].state, QueueState::kNotAttempted);
  EXPECT_EQ(store_.events.back(), "OffsetResetCancelled");
}

TEST_F(ApprovalTest, SurvivesARestartAnywhere) {
  for (int n = 1;; ++n) {
    SCOPED_TRACE(n);
    store_ = FakeStore();
    admin_ = reset::FakeAdmin();
    admin_.AddBroker("a", 1);
    Restart();
    store_.fault_at = n;
    store_.fault = Fault::kCrashAfter;
    bool approved = false;
    store_.Put(ToBeApproved("r"));
    for (int visit = 0; visit < 20 && !store_.Read("r").finished(); ++visit) {
      try {
        reconciler_->Reconcile({"team", "r"});
      } catch (const Crash&) {
        Restart();
      }
      clock_.AdvanceMs(1'000);
      if (approved || store_.Read("r").status.phase != "AwaitingApproval") continue;
      Approve("r");
      approved = true;
    }
    EXPECT_TRUE(approved);
    EXPECT_TRUE(store_.Read("r").finished());
    EXPECT_LE(Resets("a"), 1);
    if (store_.writes < n) break;
    ASSERT_LT(n, 20);
  }
}

}  // namespace
}  // namespace rewindmq::reconcile
