#pragma once
// The reconciler over a cluster of two brokers that replay.

#include <string>

#include "tests/unit/operator/reconcile/fixture.h"
#include "tests/unit/operator/reconcile/replay_admin.h"

namespace rewindmq::reconcile {

class ReplayFixture : public ReconcilerTest {
 protected:
  ReplayFixture() {
    api_ = &cluster_;
    cluster_.until_ms = kNowMs - 1'800'000;
    cluster_.AddBroker("a", 2);
    cluster_.AddBroker("b", 1);
  }

  static api::Json Wish(const std::string& name = "r") {
    api::Json object = Object(name);
    object["spec"]["replay"] = {{"until", "2027-01-15T07:30:00Z"}, {"messagesPerSecond", 501}};
    return object;
  }

  ReplayAdmin cluster_;
};

}  // namespace rewindmq::reconcile
