// OffsetResets that are deleted while they run: they end first, and are gone then.

#include <algorithm>

#include "tests/unit/operator/reconcile/replay_fixture.h"

namespace rewindmq::reconcile {
namespace {

class DeletionTest : public ReplayFixture {
 protected:
  void Begin() {
    store_.Put(Wish());
    ASSERT_FALSE(reconciler_->Reconcile({"team", "r"}).done);
  }
  bool BothAre(protocol::ReplayState state) {
    return cluster_.ReplayAt("a").state == state && cluster_.ReplayAt("b").state == state;
  }
};

TEST_F(DeletionTest, AReplayIsEndedAtItsBrokersFirst) {
  Begin();
  EXPECT_TRUE(store_.Read("r").held);
  store_.DeleteByUser("r");
  ASSERT_TRUE(store_.Has("r")) << "it waits";
  EXPECT_TRUE(Drive("r").done);
  EXPECT_TRUE(BothAre(protocol::ReplayState::kCancelled));
  EXPECT_EQ(store_.events.back(), "OffsetResetCancelled");
  EXPECT_FALSE(store_.Has("r"));
}

TEST_F(DeletionTest, AnOperatorThatWasAwayMakesUpForIt) {
  Begin();
  store_.DeleteByUser("r");
  Restart();
  EXPECT_TRUE(Drive("r").done);
  EXPECT_TRUE(BothAre(protocol::ReplayState::kCancelled));
  EXPECT_FALSE(store_.Has("r"));
}

TEST_F(DeletionTest, ABrokerThatDoesNotAnswerKeepsNoNamespaceWaiting) {
  Begin();
  store_.DeleteByUser("r");
  cluster_.brokers["a"].silent = true;
  const Outcome asked = reconciler_->Reconcile({"team", "r"});
  EXPECT_GT(asked.requeue_after_ms, 0);
  const int32_t attempts = store_.Read("r").status.attempts;
  // As the event about its own write does.
  EXPECT_EQ(reconciler_->Reconcile({"team", "r"}).requeue_after_ms, asked.requeue_after_ms);
  EXPECT_EQ(store_.Read("r").status.attempts, attempts) << "it keeps its pauses";
  EXPECT_TRUE(Drive("r").done);
  EXPECT_EQ(cluster_.ReplayAt("b").state, protocol::ReplayState::kCancelled);
  EXPECT_FALSE(store_.Has("r"));
}

TEST_F(DeletionTest, NothingThatIsFinishedIsHeld) {
  api::OffsetReset done = Finish(Object("r"));
  EXPECT_EQ(done.status.phase, "Succeeded");
  EXPECT_FALSE(done.held);
}

TEST_F(DeletionTest, WhatWaitsForItsApprovalIsNotHeld) {
  store_.Put(ToBeApproved("r"));
  reconciler_->Reconcile({"team", "r"});
  ASSERT_EQ(store_.Read("r").status.phase, "AwaitingApproval");
  EXPECT_FALSE(store_.Read("r").held);
  store_.DeleteByUser("r");
  EXPECT_FALSE(store_.Has("r"));
}

// The process ended between the two writes.
TEST_F(DeletionTest, WhatIsHeldButHasNotBegunIsLetGoAndNeverBegins) {
  api::Json object = Object("r");
  object["metadata"]["finalizers"] = {api::kFinalizer};
  store_.Put(object);
  store_.DeleteByUser("r");
  EXPECT_TRUE(Drive("r").done);
  EXPECT_FALSE(store_.Has("r"));
  EXPECT_EQ(Resets("a"), 0);
}

TEST_F(DeletionTest, AnObjectThatOthersHoldIsNotBegunEither) {
  api::Json object = Object("r");
  object["metadata"]["deletionTimestamp"] = "2027-01-15T07:59:30Z";
  object["metadata"]["finalizers"] = {"example.org/theirs"};
  store_.Put(object);
  EXPECT_TRUE(Drive("r").done);
  EXPECT_EQ(Resets("a"), 0);
  EXPECT_EQ(store_.Read("r").status.phase, "");
}

// Roles that the chart did not make may lack the right.
TEST_F(DeletionTest, WithoutTheRightToHoldItRunsAllTheSame) {
  store_.hold_error = {ErrorCode::kPermissionDenied, "may not patch"};
  EXPECT_EQ(Finish(Object("r")).status.phase, "Succeeded");
  EXPECT_EQ(std::count(store_.events.begin(), store_.events.end(), "DeletionNotHeld"), 1);
}

TEST_F(DeletionTest, AFinishedObjectIsLetGoLaterWhenItCouldNotBeAtOnce) {
  api::Json object = Object("r");
  object["metadata"]["finalizers"] = {api::kFinalizer};
  store_.Put(object);
  store_.hold_error = {ErrorCode::kUnavailable, "API server is away"};
  Drive("r", 20);
  ASSERT_TRUE(store_.Read("r").finished());
  EXPECT_TRUE(store_.Read("r").held);
  store_.hold_error = {};
  EXPECT_TRUE(Drive("r").done);
  EXPECT_FALSE(store_.Read("r").held);
}

}  // namespace
}  // namespace rewindmq::reconcile
