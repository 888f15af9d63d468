// Going back to where another OffsetReset found the group.

#include "tests/unit/operator/reconcile/fixture.h"

namespace rewindmq::reconcile {
namespace {

class RestoreTest : public ReconcilerTest {
 protected:
  RestoreTest() { admin_.AddBroker("a", 2); }

  static api::Json Undo(const std::string& name, const std::string& source) {
    api::Json object = Object(name);
    object["spec"]["target"] = {{"restoreFrom", {{"name", source}}}};
    object["spec"]["method"] = "BrokerSide";
    object["spec"]["direction"] = "Any";
    return object;
  }
  int64_t Committed(size_t queue) { return *admin_.brokers["a"].queues[queue].committed; }
};

TEST_F(RestoreTest, GoesBackToWhereTheOtherFoundIt) {
  admin_.brokers["a"].queues[1].committed = 77;
  Finish(Object("first"));
  EXPECT_EQ(Committed(0), 40);
  api::OffsetReset done = Finish(Undo("back", "first"));
  EXPECT_EQ(End(done), "True/AllQueuesReset");
  EXPECT_EQ(Committed(0), 100);
  EXPECT_EQ(Committed(1), 77);
  EXPECT_EQ(done.status.target->restored_from, "uid-first");
  EXPECT_EQ(done.status.target->offsets.size(), 2u);
  EXPECT_EQ(done.status.target->summary, "before first");
}

TEST_F(RestoreTest, WhatBecomesOfTheOtherLaterChangesNothing) {
  Finish(Object("first"));
  api::Json object = Undo("back", "first");
  object["spec"]["approval"] = "Required";
  store_.Put(object);
  EXPECT_FALSE(reconciler_->Reconcile({"team", "back"}).done);
  const std::string hash = store_.Read("back").status.plan->hash;
  store_.Remove("first");
  Restart();
  store_.At("back")["spec"]["approvedPlanHash"] = hash;
  store_.Touch(&store_.At("back"));
  EXPECT_TRUE(Drive("back").done);
  EXPECT_EQ(End(store_.Read("back")), "True/AllQueuesReset");
  EXPECT_EQ(Committed(0), 100);
}

TEST_F(RestoreTest, TheOtherMustBeThere) {
  api::OffsetReset done = Finish(Undo("back", "nothing"));
  EXPECT_EQ(End(done), "True/RestoreSourceNotFound");
  EXPECT_TRUE(done.status.IsFalse(api::kAccepted));
}

TEST_F(RestoreTest, TheOtherMustBeUsable) {
  EXPECT_EQ(End(Finish(Undo("self", "self"))), "True/RestoreSourceNotUsable");

  api::Json other = Object("other-group");
  other["spec"]["consumerGroup"] = "shipping";
  store_.Put(other);
  EXPECT_EQ(End(Finish(Undo("b", "other-group"))), "True/RestoreSourceNotUsable");

  store_.Put(Object("young"));
  api::OffsetReset done = Finish(Undo("c", "young"));
  EXPECT_EQ(End(done), "True/RestoreSourceNotUsable");
  EXPECT_NE(done.status.Find(api::kFailed)->message.find("wait until it is finished"),
            std::string::npos);

  api::Json dry = Object("dry");
  dry["spec"]["dryRun"] = true;
  Finish(dry);
  done = Finish(Undo("d", "dry"));
  EXPECT_EQ(End(done), "True/RestoreSourceNotUsable");
  EXPECT_NE(done.status.Find(api::kFailed)->message.find("moved no offset"), std::string::npos);
  EXPECT_EQ(Committed(0), 100);
}

TEST_F(RestoreTest, ExactOffsetsAreHeldAgainstTheQueues) {
  api::Json object = Object("r");
  object["spec"]["target"] =
      api::Json::parse(R"({"offsets": [{"brokerName": "a", "queueId": 1, "offset": 33}]})");
  object["spec"]["method"] = "BrokerSide";
  EXPECT_EQ(End(Finish(object)), "True/AllQueuesReset");
  EXPECT_EQ(Committed(0), 100);
  EXPECT_EQ(Committed(1), 33);
  object = Object("beyond");
  object["spec"]["method"] = "BrokerSide";
  object["spec"]["direction"] = "Any";
  object["spec"]["target"] =
      api::Json::parse(R"({"offsets": [{"brokerName": "a", "queueId": 1, "offset": 101}]})");
  EXPECT_EQ(End(Finish(object)), "True/OffsetOutOfRange");
  object["metadata"]["name"] = "no-queue";
  object["spec"]["target"] =
      api::Json::parse(R"({"offsets": [{"brokerName": "a", "queueId": 9, "offset": 1}]})");
  EXPECT_EQ(End(Finish(object)), "True/QueueNotFound");
}

}  // namespace
}  // namespace rewindmq::reconcile
