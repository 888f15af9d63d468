#pragma once
// Consumers' pulls (PullMessageProcessor): checks the subscription, reads the queue, holds the pull
// when there is nothing yet, and tells a consumer of a reset by the answer "offset moved".

#include <memory>

#include "broker/handlers/parts.h"
#include "broker/handlers/reset_guide.h"
#include "broker/pull/pull_hold.h"
#include "broker/pull/pull_request.h"
#include "common/remoting/dispatcher.h"

namespace rewindmq::broker {

class PullHandler {
 public:
  // `parts` and `guide` outlive the handler; held pulls time out on `loop`.
  PullHandler(Parts* parts, ResetGuide* guide, asio::io_context& loop);

  void AddTo(remoting::Dispatcher* dispatcher);
  PullHold& hold() { return *hold_; }

 private:
  struct Refusal {
    int32_t code = protocol::kSuccess;
    std::string remark;
    int32_t forbidden_type = 0;  // 5.x's ForbiddenType, of kNoPermission
  };

  void Handle(const protocol::Command& command, const remoting::Responder& responder);
  static void Refuse(const Refusal& refusal, const remoting::Responder& responder);
  Refusal CheckRequest(PullRequest* request, const remoting::Responder& responder) const;
  // Sets what the pull filters by: what it brings along, or what its group has said.
  Refusal FindSubscription(HeldPull* pull) const;
  Refusal TakeOwnSubscription(HeldPull* pull) const;
  Refusal TakeGroupSubscription(HeldPull* pull) const;
  // Reads and answers, or holds.
  void Pull(HeldPull pull, bool may_hold);
  // Of a pull that was held.
  void Resume(HeldPull pull, bool may_hold);
  store::GetResult Read(const HeldPull& pull) const;
  // Of a client that is at work on a reset: holds the pull for this long, or answers that there is
  // nothing. False when a reset has come in between.
  bool Wait(HeldPull* pull, int64_t wait_ms, uint64_t resets_seen, bool may_hold);
  void Answer(const HeldPull& pull, store::GetResult found) const;
  // Without messages, because of a reset.
  void AnswerReset(const HeldPull& pull, int32_t code, int64_t next_offset) const;

  Parts* parts_;
  ResetGuide* guide_;
  std::shared_ptr<PullHold> hold_;
};

}  // namespace rewindmq::broker
