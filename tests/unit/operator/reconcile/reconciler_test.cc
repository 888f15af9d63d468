// One OffsetReset from its creation to each of its ends.

#include "operator/reconcile/reconciler.h"

#include <algorithm>

#include "tests/unit/operator/reconcile/fixture.h"

namespace rewindmq::reconcile {
namespace {

using reset::BrokerState;
using reset::QueueState;

TEST_F(ReconcilerTest, ResetsEveryBrokerAndShowsEveryQueue) {
  admin_.AddBroker("a", 2);
  admin_.AddBroker("b", 2);
  api::OffsetReset done = Finish(Object("r"));
  EXPECT_EQ(End(done), "True/AllQueuesReset");
  for (auto type : {api::kAccepted, api::kPlanned, api::kApproved, api::kApplied, api::kVerified,
                    api::kComplete}) {
    EXPECT_TRUE(done.status.IsTrue(type)) << type;
  }
  EXPECT_TRUE(done.status.IsFalse(api::kFailed));
  EXPECT_EQ(done.status.phase, "Succeeded");
  EXPECT_EQ(done.status.progress, "4/4");
  EXPECT_EQ(done.status.target->timestamp_ms, kNowMs - 3'600'000);
  EXPECT_EQ(done.status.plan->messages_to_replay, 240);
  EXPECT_EQ(done.status.lag_before, 0);
  EXPECT_EQ(done.status.lag_after, 240);
  EXPECT_EQ(done.status.operation_id, "uid-r");
  ASSERT_EQ(done.status.table.queues.size(), 4u);
  const reset::QueueRow& row = done.status.table.queues[3];
  EXPECT_EQ(row.broker_name, "b");
  EXPECT_EQ(row.before_offset, 100);
  EXPECT_EQ(row.reported_offset, 40);
  EXPECT_EQ(row.after_offset, 40);
  EXPECT_EQ(Resets("a"), 1);
  EXPECT_EQ(Resets("b"), 1);
  EXPECT_LE(store_.writes, 2 * 2 + 5);
}

TEST_F(ReconcilerTest, NeedsNoWaitWhereTheBrokerMovesTheOffsets) {
  admin_.AddBroker("a", 8);
  api::Json object = Object("r");
  object["spec"]["verify"]["settleSeconds"] = 0;
  store_.Put(object);
  Outcome outcome = reconciler_->Reconcile({"team", "r"});
  EXPECT_TRUE(outcome.done);
  EXPECT_EQ(clock_.SteadyMs(), 0);
  EXPECT_EQ(End(store_.Read("r")), "True/AllQueuesReset");
}

TEST_F(ReconcilerTest, UnknownFieldsSurvive) {
  admin_.AddBroker("a", 1);
  api::Json object = Object("r");
  object["metadata"]["labels"]["x"] = "y";
  object["status"]["somethingLater"] = "kept";
  Finish(object);
  EXPECT_EQ(store_.At("r")["metadata"]["labels"]["x"], "y");
  EXPECT_EQ(store_.At("r")["status"]["somethingLater"], "kept");
}

TEST_F(ReconcilerTest, OfflineGroupIsShownPerBroker) {
  admin_.AddBroker("a", 1).clients_online = 0;
  reset::FakeBroker& apache = admin_.AddBroker("b", 1);
  apache.clients_online = 0;
  apache.manner = reset::Manner::kNotifies;
  api::OffsetReset done = Finish(Object("r"));
  EXPECT_EQ(End(done), "True/AllQueuesReset");
  for (const reset::BrokerRow& broker : done.status.table.brokers) {
    EXPECT_EQ(broker.clients_online, 0);
    EXPECT_EQ(broker.method, "BrokerSide");
    EXPECT_EQ(broker.reason, "ConsumerNotOnline");
  }
  EXPECT_EQ(std::count(store_.events.begin(), store_.events.end(), "FellBackToBrokerSide"), 1);
}

TEST_F(ReconcilerTest, WaitsForClientsOfANotifyingBroker) {
  reset::FakeBroker& broker = admin_.AddBroker("a", 1);
  broker.manner = reset::Manner::kNotifies;
  store_.Put(Object("r"));
  Outcome first = reconciler_->Reconcile({"team", "r"});
  EXPECT_FALSE(first.done);
  EXPECT_GT(first.requeue_after_ms, 0);
  EXPECT_EQ(store_.Read("r").status.phase, "Verifying");
  broker.queues[0].committed = 60;
  EXPECT_TRUE(Drive("r", 2).done);
  EXPECT_EQ(End(store_.Read("r")), "True/AllQueuesReset");
}

TEST_F(ReconcilerTest, ClientsThatNeverMoveAreAMismatch) {
  admin_.AddBroker("a", 1).manner = reset::Manner::kNotifies;
  api::OffsetReset done = Finish(Object("r"));
  EXPECT_EQ(End(done), "True/VerificationMismatch");
  EXPECT_TRUE(done.status.IsTrue(api::kFailed));
  EXPECT_EQ(ReasonOf(done, api::kVerified), "False/VerificationMismatch");
  EXPECT_GE(clock_.SteadyMs(), 19'000);
  EXPECT_LE(clock_.SteadyMs(), 22'000);
}

TEST_F(ReconcilerTest, OneDeadBrokerIsAPartialFailure) {
  admin_.AddBroker("a", 1);
  admin_.AddBroker("b", 1).silent = true;
  api::OffsetReset done = Finish(Object("r"));
  EXPECT_EQ(done.status.phase, "PartiallySucceeded");
  EXPECT_EQ(End(done), "True/SomeQueuesFailed");
  EXPECT_TRUE(done.status.IsTrue(api::kFailed));
  EXPECT_EQ(done.status.table.brokers[1].reason, "BrokerUnreachable");
  EXPECT_EQ(done.status.table.brokers[0].state, BrokerState::kApplied);
  EXPECT_EQ(done.status.progress, "1/2");
}

TEST_F(ReconcilerTest, BrokerWithoutMasterIsAFailureOfItsOwn) {
  admin_.AddBroker("a", 1);
  admin_.AddBroker("b", 1).has_master = false;
  api::OffsetReset done = Finish(Object("r"));
  // The failed row comes first.
  EXPECT_EQ(done.status.table.queues[0].broker_name, "b");
  EXPECT_EQ(done.status.table.queues[0].state, QueueState::kFailed);
  EXPECT_EQ(done.status.phase, "PartiallySucceeded");
}

TEST_F(ReconcilerTest, BrokersThatComeBackInTimeAreReset) {
  reset::FakeBroker& broker = admin_.AddBroker("a", 1);
  broker.silent = true;
  store_.Put(Object("r"));
  Outcome outcome = reconciler_->Reconcile({"team", "r"});
  EXPECT_EQ(outcome.requeue_after_ms, 500);
  // A change event of our own write does not shorten the wait.
  int writes = store_.writes;
  EXPECT_EQ(reconciler_->Reconcile({"team", "r"}).requeue_after_ms, 500);
  EXPECT_EQ(store_.writes, writes);
  broker.silent = false;
  clock_.AdvanceMs(500);
  EXPECT_TRUE(reconciler_->Reconcile({"team", "r"}).done);
  EXPECT_EQ(End(store_.Read("r")), "True/AllQueuesReset");
}

TEST_F(ReconcilerTest, UnreachableNameserverEndsSoon) {
  admin_.AddBroker("a", 1);
  admin_.silent_routes = 1000;
  api::OffsetReset done = Finish(Object("r"));
  EXPECT_EQ(End(done), "True/NameServerUnreachable");
  EXPECT_EQ(done.status.attempts, 4);
  EXPECT_LE(clock_.SteadyMs(), 8'000);
  EXPECT_NE(done.status.Find(api::kFailed)->message.find("ns:9876"), std::string::npos);
}

TEST_F(ReconcilerTest, WrongNamesEndWithTheirReason) {
  admin_.AddBroker("a", 1);
  api::Json object = Object("topic");
  object["spec"]["topic"] = "nothing";
  EXPECT_EQ(End(Finish(object)), "True/TopicNotFound");
  admin_.brokers["a"].queues[0].committed = std::nullopt;
  EXPECT_EQ(End(Finish(Object("uncommitted"))), "True/NoCommittedOffset");
  admin_.retry_topic = false;
  EXPECT_EQ(End(Finish(Object("group"))), "True/ConsumerGroupNotFound");
  EXPECT_EQ(Resets("a"), 0);
}

TEST_F(ReconcilerTest, BrokersNoIsKeptInTheirWords) {
  admin_.AddBroker("a", 1).reject_reset = Status::Rejected(16, "no permission for billing");
  api::OffsetReset done = Finish(Object("r"));
  EXPECT_EQ(End(done), "True/PermissionDenied");
  EXPECT_EQ(done.status.table.brokers[0].response_code, 16);
  EXPECT_EQ(done.status.table.brokers[0].remark, "no permission for billing");
}

TEST_F(ReconcilerTest, TargetInTheFutureIsRefused) {
  api::Json object = Object("r");
  object["spec"]["target"]["time"] = "2027-01-15T08:00:01Z";
  api::OffsetReset done = Finish(object);
  EXPECT_EQ(End(done), "True/TargetTimeInFuture");
  EXPECT_TRUE(done.status.IsFalse(api::kAccepted));
}

TEST_F(ReconcilerTest, WhatIsNotServedYetIsSaid) {
  api::Json object = Object("r");
  object["spec"]["cluster"]["credentialsSecretRef"] = {{"name", "keys"}};
  api::OffsetReset done = Finish(object);
  EXPECT_EQ(ReasonOf(done, api::kAccepted), "False/NotSupportedYet");
  EXPECT_NE(done.status.Find(api::kAccepted)->message.find("credentialsSecretRef"),
            std::string::npos);
}

TEST_F(ReconcilerTest, MendedManifestStartsOver) {
  admin_.AddBroker("a", 1);
  api::Json object = Object("r");
  object["spec"]["topik"] = "orders";
  EXPECT_EQ(ReasonOf(Finish(object), api::kAccepted), "False/InvalidManifest");
  store_.At("r")["spec"].erase("topik");
  store_.At("r")["metadata"]["generation"] = 2;
  EXPECT_TRUE(Drive("r").done);
  EXPECT_EQ(End(store_.Read("r")), "True/AllQueuesReset");
}

TEST_F(ReconcilerTest, AgoIsResolvedOnce) {
  admin_.AddBroker("a", 1).silent = true;
  api::Json object = Object("r");
  object["spec"]["target"] = {{"ago", "15m"}};
  api::OffsetReset done = Finish(object);
  EXPECT_EQ(done.status.target->timestamp_ms, kNowMs - 900'000);
  EXPECT_NE(done.status.target->summary.find("15m ago"), std::string::npos);
}

TEST_F(ReconcilerTest, PositionsHaveTheirWireTimes) {
  admin_.AddBroker("a", 1).manner = reset::Manner::kNotifies;
  api::Json object = Object("early");
  object["spec"]["target"] = {{"position", "Earliest"}};
  Finish(object);
  EXPECT_EQ(admin_.brokers["a"].resets.back().timestamp_ms, 0);
  admin_.brokers["a"].queues[0].committed = 10;
  object = Object("late");
  object["spec"]["target"] = {{"position", "Latest"}};
  object["spec"]["direction"] = "Any";
  Finish(object);
  EXPECT_EQ(admin_.brokers["a"].resets.back().timestamp_ms, -1);
}

TEST_F(ReconcilerTest, DryRunTouchesNothing) {
  admin_.AddBroker("a", 2);
  api::Json object = Object("r");
  object["spec"]["dryRun"] = true;
  api::OffsetReset done = Finish(object);
  EXPECT_EQ(End(done), "True/DryRunComplete");
  EXPECT_EQ(Resets("a"), 0);
  EXPECT_EQ(done.status.table.queues[0].state, QueueState::kPlanned);
  EXPECT_EQ(done.status.plan->messages_to_replay, 120);
}

TEST_F(ReconcilerTest, LimitsStopThePlan) {
  admin_.AddBroker("a", 2);
  api::Json object = Object("r");
  object["spec"]["limits"] = {{"maxReplayMessages", 119}};
  EXPECT_EQ(End(Finish(object)), "True/LimitExceeded");
  EXPECT_EQ(Resets("a"), 0);
}

TEST_F(ReconcilerTest, ForbiddenDirectionIsNotASilentSuccess) {
  admin_.AddBroker("a", 1).queues[0].committed = 10;
  EXPECT_EQ(End(Finish(Object("r"))), "True/ForwardSkipNotAllowed");
  EXPECT_EQ(Resets("a"), 0);
}

TEST_F(ReconcilerTest, AlreadyThereIsComplete) {
  admin_.AddBroker("a", 1).queues[0].committed = 40;
  api::OffsetReset done = Finish(Object("r"));
  EXPECT_EQ(End(done), "True/NothingToDo");
  EXPECT_TRUE(done.status.IsTrue(api::kComplete));
}

TEST_F(ReconcilerTest, CancelledBeforeAnythingIsAsked) {
  admin_.AddBroker("a", 1).silent = true;
  store_.Put(Object("r"));
  reconciler_->Reconcile({"team", "r"});
  store_.At("r")["spec"]["cancel"] = true;
  store_.At("r")["metadata"]["generation"] = 2;
  store_.Touch(&store_.At("r"));
  EXPECT_TRUE(reconciler_->Reconcile({"team", "r"}).done);
  api::OffsetReset done = store_.Read("r");
  EXPECT_EQ(End(done), "True/Cancelled");
  EXPECT_EQ(done.status.phase, "Cancelled");
}

TEST_F(ReconcilerTest, CancelledWhileItVerifies) {
  admin_.AddBroker("a", 1).manner = reset::Manner::kNotifies;
  store_.Put(Object("r"));
  reconciler_->Reconcile({"team", "r"});
  EXPECT_EQ(store_.Read("r").status.phase, "Verifying");
  store_.At("r")["spec"]["cancel"] = true;
  store_.Touch(&store_.At("r"));
  EXPECT_TRUE(Drive("r", 2).done);
  api::OffsetReset done = store_.Read("r");
  EXPECT_EQ(End(done), "True/Cancelled");
  EXPECT_EQ(done.status.table.queues[0].state, QueueState::kApplied);
}

TEST_F(ReconcilerTest, ClientsAreAskedWhereTheyAre) {
  reset::FakeBroker& broker = admin_.AddBroker("a", 1);
  api::Json object = Object("r");
  object["spec"]["verify"]["mode"] = "Clients";
  const protocol::MessageQueue queue{"orders", "a", 0};
  broker.client_offsets["client-1"][queue] = 100;
  store_.Put(object);
  EXPECT_FALSE(reconciler_->Reconcile({"team", "r"}).done);
  EXPECT_EQ(store_.Read("r").status.phase, "Verifying");
  broker.client_offsets["client-1"][queue] = 41;
  EXPECT_TRUE(Drive("r", 3).done);
  api::OffsetReset done = store_.Read("r");
  EXPECT_EQ(End(done), "True/AllQueuesReset");
  EXPECT_EQ(done.status.table.brokers[0].clients_confirmed, 1);
}

TEST_F(ReconcilerTest, TheRetryTopicGoesAlong) {
  admin_.AddBroker("a", 1);
  api::Json object = Object("r");
  object["spec"]["retryTopic"] = "Reset";
  store_.Put(object);
  Drive("r");
  EXPECT_TRUE(store_.Read("r").finished());
  EXPECT_EQ(store_.At("r")["status"]["queues"][0]["topic"], "orders");
}

TEST_F(ReconcilerTest, DeadlineEndsIt) {
  admin_.AddBroker("a", 1).silent = true;
  api::Json object = Object("r");
  object["spec"]["backoffLimit"] = 20;
  object["spec"]["activeDeadlineSeconds"] = 25;
  EXPECT_EQ(End(Finish(object)), "True/DeadlineExceeded");
  EXPECT_LE(clock_.SteadyMs(), 36'000);
}

TEST_F(ReconcilerTest, RemovedObjectIsForgotten) {
  admin_.AddBroker("a", 1).silent = true;
  store_.Put(Object("r"));
  reconciler_->Reconcile({"team", "r"});
  store_.Remove("r");
  EXPECT_TRUE(reconciler_->Reconcile({"team", "r"}).done);
  admin_.brokers["a"].silent = false;
  EXPECT_EQ(End(Finish(Object("next"))), "True/AllQueuesReset");
}

}  // namespace
}  // namespace rewindmq::reconcile
