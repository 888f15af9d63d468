#pragma once
// Codes 222 (AdminBrokerProcessor.resetOffset, Broker2Client.resetOffset) and 30001 (our own, exact
// offsets): move a group's offsets durably and bring its connected consumers to follow.
//
// Success means: every moved queue's offset is on disk and will be followed, whether the group is
// online, offline, or the broker is killed now. All queues of the request are moved, or none. The
// remark names each connected client and how it learns of the reset.
// Of a broadcasting group the members that are connected now are reset, each by itself; its stored
// commits stay, and members that connect later are not touched. One that does not come back to
// follow within kMembersWaitMs keeps its own offsets.
// Answers: 17 unknown topic, 26 unknown group, 1 with a reason for everything else that is wrong.

#include "broker/handlers/parts.h"
#include "broker/handlers/reset_guide.h"
#include "broker/handlers/reset_plan.h"
#include "broker/pull/pull_hold.h"
#include "common/remoting/dispatcher.h"

namespace rewindmq::broker {

class ResetHandler {
 public:
  // As long as messages are kept by default.
  static constexpr int64_t kMembersWaitMs = 72 * 3'600'000LL;

  ResetHandler(Parts* parts, ResetGuide* guide, PullHold* hold)
      : parts_(parts), guide_(guide), hold_(hold) {}

  void AddTo(remoting::Dispatcher* dispatcher);

 private:
  using Planner = Result<ResetPlan> (*)(const Parts&, const protocol::Command&);

  void Handle(Planner planner, const protocol::Command& command,
              const remoting::Responder& responder);
  static ResetOrder OrderOf(const ResetPlan& plan, const std::optional<ConsumerGroup>& group,
                            int64_t now_ms);

  Parts* parts_;
  ResetGuide* guide_;
  PullHold* hold_;
};

}  // namespace rewindmq::broker
