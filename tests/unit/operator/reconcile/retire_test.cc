// Objects that are to be deleted some time after they finished.

#include "operator/reconcile/retire.h"

#include <algorithm>

#include "tests/unit/operator/reconcile/fixture.h"

namespace rewindmq::reconcile {
namespace {

class RetireTest : public ReconcilerTest {
 protected:
  RetireTest() { admin_.AddBroker("a", 1); }

  static api::Json Brief(const std::string& name, int64_t seconds) {
    api::Json object = Object(name);
    object["spec"]["ttlSecondsAfterFinished"] = seconds;
    return object;
  }
  int64_t Told(const std::string& reason) const {
    return std::count(store_.events.begin(), store_.events.end(), reason);
  }
};

TEST_F(RetireTest, IsDeletedWhenItsTimeIsOver) {
  store_.Put(Brief("r", 60));
  Outcome outcome = reconciler_->Reconcile({"team", "r"});
  EXPECT_TRUE(store_.Read("r").finished());
  EXPECT_FALSE(outcome.done);
  EXPECT_EQ(outcome.requeue_after_ms, 60'000);
  Restart();
  clock_.AdvanceMs(59'999);
  EXPECT_EQ(reconciler_->Reconcile({"team", "r"}).requeue_after_ms, 1);
  clock_.AdvanceMs(1);
  EXPECT_TRUE(reconciler_->Reconcile({"team", "r"}).done);
  EXPECT_FALSE(store_.Has("r"));
}

TEST_F(RetireTest, ZeroIsAtOnce) {
  store_.Put(Brief("r", 0));
  EXPECT_TRUE(reconciler_->Reconcile({"team", "r"}).done);
  EXPECT_FALSE(store_.Has("r"));
}

TEST_F(RetireTest, KeepsNobodyWaitingMeanwhile) {
  store_.Put(Brief("r", 60));
  reconciler_->Reconcile({"team", "r"});
  admin_.brokers["a"].queues[0].committed = 100;
  EXPECT_EQ(End(Finish(Object("next"))), "True/AllQueuesReset");
}

TEST_F(RetireTest, TheWishMayComeLater) {
  Finish(Object("r"));
  store_.At("r")["spec"]["ttlSecondsAfterFinished"] = 0;
  EXPECT_TRUE(reconciler_->Reconcile({"team", "r"}).done);
  EXPECT_FALSE(store_.Has("r"));
}

TEST_F(RetireTest, FailuresAreDeletedToo) {
  api::Json object = Brief("r", 5);
  object["spec"]["topic"] = "nothing";
  store_.Put(object);
  EXPECT_TRUE(Drive("r").done);
  EXPECT_FALSE(store_.Has("r"));
}

TEST_F(RetireTest, WhatGitOpsManagesStays) {
  const std::pair<const char*, const char*> kMarks[] = {
      {"annotations", "argocd.argoproj.io/tracking-id"}, {"labels", "app.kubernetes.io/instance"},
      {"labels", "kustomize.toolkit.fluxcd.io/name"},    {"labels", "helm.toolkit.fluxcd.io/name"},
      {"annotations", "meta.helm.sh/release-name"},
  };
  for (const auto& [place, key] : kMarks) {
    SCOPED_TRACE(key);
    store_.events.clear();
    api::Json object = Brief("r", 0);
    object["metadata"]["uid"] = key;
    object["metadata"][place][key] = "app";
    store_.Put(object);
    admin_.brokers["a"].queues[0].committed = 100;
    EXPECT_TRUE(reconciler_->Reconcile({"team", "r"}).done);
    EXPECT_TRUE(reconciler_->Reconcile({"team", "r"}).done);
    EXPECT_TRUE(store_.Has("r"));
    EXPECT_EQ(Told("TTLIgnoredGitOpsManaged"), 1);
  }
}

TEST_F(RetireTest, FilesStayAndSaySo) {
  store_.refuse_delete = true;
  store_.Put(Brief("r", 0));
  EXPECT_TRUE(reconciler_->Reconcile({"team", "r"}).done);
  EXPECT_TRUE(reconciler_->Reconcile({"team", "r"}).done);
  EXPECT_TRUE(store_.Has("r"));
  EXPECT_EQ(Told("TTLIgnored"), 1);
}

}  // namespace
}  // namespace rewindmq::reconcile
