#pragma once
// A reconciler over an object store and a cluster in memory, with a clock that jumps over waits.

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "common/base/clock.h"
#include "operator/reconcile/reconciler.h"
#include "tests/unit/operator/reconcile/fake_store.h"
#include "tests/unit/reset/fake_admin.h"

namespace rewindmq::reconcile {

inline constexpr int64_t kNowMs = 1'800'000'000'000;  // 2027-01-15T08:00:00Z

class ReconcilerTest : public testing::Test {
 protected:
  ReconcilerTest() { Restart(); }

  // A new process: nothing is remembered.
  void Restart() {
    reconciler_ = std::make_unique<Reconciler>(
        &store_,
        [this](const std::vector<std::string>&, int32_t) {
          return std::shared_ptr<client::AdminApi>(api_, [](auto*) {});
        },
        &clock_);
  }

  static api::Json Object(const std::string& name) {
    return api::Json::parse(R"({
      "apiVersion": "rewindmq.dev/v1alpha1", "kind": "OffsetReset",
      "metadata": {"namespace": "team", "name": ")" +
                            name + R"(", "uid": "uid-)" + name + R"(",
                   "generation": 1, "creationTimestamp": "2027-01-15T07:59:00Z"},
      "spec": {"cluster": {"nameServers": ["ns:9876"]}, "topic": "orders",
               "consumerGroup": "billing", "target": {"time": "2027-01-15T07:00:00Z"},
               "verify": {"settleSeconds": 20}}})");
  }

  static api::Json ToBeApproved(const std::string& name) {
    api::Json object = Object(name);
    object["spec"]["approval"] = "Required";
    return object;
  }

  // Reconciles as the controller does, jumping over waits, until done or `limit` visits.
  Outcome Drive(const std::string& name, int limit = 300) {
    Outcome outcome;
    for (int i = 0; i < limit; ++i) {
      outcome = reconciler_->Reconcile({"team", name});
      if (outcome.done) break;
      clock_.AdvanceMs(outcome.requeue_after_ms > 0 ? outcome.requeue_after_ms : 100);
    }
    return outcome;
  }

  // Puts one object and drives it to its end.
  api::OffsetReset Finish(const api::Json& object) {
    store_.Put(object);
    std::string name = object["metadata"]["name"];
    EXPECT_TRUE(Drive(name).done);
    return store_.Read(name);
  }

  static std::string ReasonOf(const api::OffsetReset& reset, std::string_view type) {
    const api::Condition* condition = reset.status.Find(type);
    return condition == nullptr ? "" : condition->status + "/" + condition->reason;
  }
  static std::string End(const api::OffsetReset& reset) { return ReasonOf(reset, api::kFinished); }
  int Resets(const std::string& broker) {
    return static_cast<int>(admin_.brokers[broker].resets.size());
  }

  FakeStore store_;
  reset::FakeAdmin admin_;
  client::AdminApi* api_ = &admin_;
  FakeClock clock_{kNowMs};
  std::unique_ptr<Reconciler> reconciler_;
};

}  // namespace rewindmq::reconcile
