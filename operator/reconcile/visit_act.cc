// The steps of a visit that touch the brokers.
#include <algorithm>
#include <utility>

#include "operator/reconcile/reasons.h"
#include "operator/reconcile/visit.h"
#include "reset/apply.h"
#include "reset/recover.h"
#include "reset/verify.h"

namespace rewindmq::reconcile {
namespace {

using reset::BrokerRow;
using reset::BrokerState;
using reset::QueueState;

constexpr int64_t kVerifyPollMs = 250;

std::vector<std::string> BrokersIn(const reset::Table& table, BrokerState state) {
  std::vector<std::string> names;
  for (const BrokerRow& broker : table.brokers) {
    if (broker.state == state) names.push_back(broker.name);
  }
  return names;
}

void MoveAll(reset::Table* table, QueueState from, QueueState to, std::string_view why,
             const std::string& message) {
  for (const BrokerRow& broker : table->brokers) {
    reset::MoveQueues(table, broker.name, from, to, why, message);
  }
}

int64_t LastAttemptMs(const reset::Table& table) {
  int64_t last_ms = 0;
  for (const BrokerRow& broker : table.brokers) {
    last_ms = std::max(last_ms, broker.attempt_time_ms.value_or(0));
  }
  return last_ms;
}

}  // namespace

Visit::Step Visit::Act() {
  // What was asked must be cleared up before anybody else is.
  for (const std::string& name : BrokersIn(table(), BrokerState::kApplying)) {
    if (Step step = Recover(name)) return step;
  }
  // The plan may be older than this process.
  if (!planned_now_ && !BrokersIn(table(), BrokerState::kPending).empty()) {
    if (Step step = CheckEnd()) return step;
    if (Step step = CheckRoute()) return step;
  }
  for (const std::string& name : BrokersIn(table(), BrokerState::kPending)) {
    if (!BrokersIn(table(), BrokerState::kUnknown).empty()) break;
    if (Step step = CheckEnd()) return step;
    if (Step step = ApplyTo(name)) return step;
  }
  // An unknown outcome needs a person: until then nothing more is touched.
  for (const std::string& name : BrokersIn(table(), BrokerState::kPending)) {
    table().FindBroker(name)->state = BrokerState::kSkipped;
    reset::MoveQueues(&table(), name, QueueState::kPlanned, QueueState::kNotAttempted,
                      reset::reason::kOutcomeUnknown, "another broker's outcome is unknown");
  }
  const bool replays = spec_.request.replay.has_value();
  if (!replays && status().Find(api::kApplied)->status == "Unknown") {
    const Verdict verdict = JudgeTable(table());
    writer_.Set(api::kApplied, verdict.complete ? "True" : "False", verdict.reason,
                verdict.message);
  }
  return std::nullopt;
}

Visit::Step Visit::Recover(const std::string& broker_name) {
  BrokerRow* broker = table().FindBroker(broker_name);
  if (memory_->unsaved.has_value() &&
      SameIntent(&status(), *memory_->unsaved->FindBroker(broker_name))) {
    table() = *std::exchange(memory_->unsaved, std::nullopt);
    return RecordAnswer(broker_name, false);
  }
  const bool may_ask_again = broker->attempts <= spec_.backoff_limit;
  Status looked =
      reset::ResolveInterrupted(admin_.get(), spec_.request, may_ask_again, broker, &table());
  if (!looked.ok()) {
    if (Step step = Retry(api::kApplied, reset::reason::kOutcomeUnknown, looked)) return step;
    broker = table().FindBroker(broker_name);
    broker->state = BrokerState::kUnknown;
    broker->reason = reset::reason::kOutcomeUnknown;
    broker->remark = looked.message();
    reset::MoveQueues(&table(), broker_name, QueueState::kApplying, QueueState::kUnknown,
                      reset::reason::kOutcomeUnknown,
                      "the broker did not answer, before or since: " + looked.message());
  }
  if (ResumesAt(broker)) {
    writer_.Event(false, "OffsetResetResumed",
                  "broker " + broker_name + ": asked once more, as interruptedPolicy Resume wants");
  }
  return RecordAnswer(broker_name, false);
}

bool Visit::ResumesAt(BrokerRow* broker) {
  const bool may_ask_again = broker->attempts <= spec_.backoff_limit;
  if (!spec_.resume_interrupted || !may_ask_again || broker->state != BrokerState::kUnknown) {
    return false;
  }
  bool any = false;
  // A broker that is asked as a whole would move again what has been moved.
  const bool by_queue = broker->kind == reset::BrokerKind::kRewindMq ||
                        spec_.request.method == reset::Method::kBrokerSide;
  for (const reset::QueueRow* row : table().QueuesOf(broker->name)) {
    if (row->state == QueueState::kApplied && !by_queue) return false;
    if (row->state != QueueState::kUnknown) continue;
    any = true;
    // Somebody else has moved it: asking again would undo that.
    const bool untouched = !row->after_offset.has_value() ||
                           reset::Judge(*row, *row->after_offset) == reset::Evidence::kNotYet;
    if (!untouched) return false;
  }
  if (!any) return false;
  reset::MoveQueues(&table(), broker->name, QueueState::kUnknown, QueueState::kPlanned, {}, {});
  broker->state = BrokerState::kPending;
  broker->reason.clear();
  return true;
}

Visit::Step Visit::ApplyTo(const std::string& broker_name) {
  Status not_recorded;
  // Works on a copy: writing the intent replaces the object by the stored one.
  reset::Table working = table();
  auto intent = [&](const BrokerRow&) {
    table() = working;
    return writer_.Write();
  };
  reset::ApplyResult result = reset::ApplyToBroker(admin_.get(), spec_.request, broker_name,
                                                   tools_.clock->WallMs(), intent, &working);
  if (result.outcome == reset::ApplyOutcome::kNotRecorded) return Failed(result.error);
  table() = std::move(working);
  if (result.outcome == reset::ApplyOutcome::kUnreachable) {
    if (Step step = Retry(api::kApplied, reset::reason::kBrokerUnreachable, result.error)) {
      return step;
    }
    reset::FailBroker(result.error, table().FindBroker(broker_name), &table());
  }
  const BrokerState state = table().FindBroker(broker_name)->state;
  if (state == BrokerState::kApplying) return Recover(broker_name);
  if (state == BrokerState::kSkipped) return std::nullopt;
  return RecordAnswer(broker_name, result.fell_back);
}

Visit::Step Visit::RecordAnswer(const std::string& broker_name, bool fell_back) {
  const BrokerRow broker = *table().FindBroker(broker_name);
  reset::Table answer = table();
  if (Status written = writer_.WriteAnswer(broker_name); !written.ok()) {
    if (written.code() != ErrorCode::kNotFound) memory_->unsaved = std::move(answer);
    return Failed(written);
  }
  const std::string who = "broker " + broker.name + ": ";
  if (fell_back) {
    writer_.Event(false, "FellBackToBrokerSide",
                  who + "no consumer is online, so the offsets were written instead");
  }
  if (broker.state == BrokerState::kApplied) {
    if (spec_.request.replay.has_value()) {
      writer_.Event(false, "BrokerReplayStarted", who + "delivers the interval again");
    } else {
      writer_.Event(false, "BrokerOffsetResetApplied", who + "reset by " + broker.method);
    }
  } else if (broker.state == BrokerState::kUnknown) {
    writer_.Event(true, "OffsetResetInterrupted", who + broker.remark);
  } else if (broker.state == BrokerState::kFailed) {
    writer_.Event(true, "BrokerOffsetResetFailed", who + broker.reason + ": " + broker.remark);
  }
  // Pending again: what is known not to have happened may be asked for once more.
  if (broker.state != BrokerState::kPending) return std::nullopt;
  if (Step step = CheckEnd()) return step;
  return ApplyTo(broker_name);
}

void Visit::Object(const reset::Objection& objection) {
  for (const std::string& name : BrokersIn(table(), BrokerState::kPending)) {
    BrokerRow* broker = table().FindBroker(name);
    broker->state = BrokerState::kFailed;
    broker->reason = objection.reason;
    broker->remark = objection.message;
    reset::MoveQueues(&table(), name, QueueState::kPlanned, QueueState::kFailed, objection.reason,
                      objection.message);
  }
}

Visit::Step Visit::CheckRoute() {
  Result<reset::Objection> objection = reset::CheckRoute(admin_.get(), spec_.request, table());
  if (objection.ok() && objection->empty() && HasBegun() && !spec_.request.replay.has_value()) {
    objection = reset::CheckOffsets(admin_.get(), spec_.request, table());
  }
  if (!objection.ok()) {
    const Status& error = objection.status();
    if (Step step = Retry(api::kApplied, reset::ReasonFor(error), error)) return step;
    Object({std::string(reset::ReasonFor(error)), error.message()});
    return std::nullopt;
  }
  if (objection->empty()) return std::nullopt;
  if (!HasBegun()) return Refuse(api::kApproved, objection->reason, objection->message);
  Object(*objection);
  return std::nullopt;
}

bool Visit::IsLate() {
  int64_t since_ms = status().start_time_ms.value_or(0);
  if (spec_.approval_required && status().plan.has_value()) {
    // Reviewed, and maybe approved and queued by now: nothing has begun.
    if (!HasBegun()) return false;
    since_ms = status().Find(api::kApproved)->last_transition_ms;
  }
  return tools_.clock->WallMs() > since_ms + spec_.active_deadline_ms;
}

Visit::Step Visit::CheckEnd() {
  if (!spec_.cancel && !IsLate()) return std::nullopt;
  const std::string reason(spec_.cancel ? reset::reason::kCancelled : reason::kDeadlineExceeded);
  const bool replays = spec_.request.replay.has_value();
  const std::string who = writer_.object().deleting ? "deleted" : "cancelled";
  const std::string message = !spec_.cancel ? "not finished within `spec.activeDeadlineSeconds`"
                              : replays     ? who
                                            : who + " before every broker was asked";
  const Verdict end{false, spec_.cancel ? "Cancelled" : "Failed", reason, message};
  const bool started = !BrokersIn(table(), BrokerState::kApplied).empty() ||
                       !BrokersIn(table(), BrokerState::kApplying).empty();
  MoveAll(&table(), QueueState::kPlanned, QueueState::kNotAttempted, reason, message);
  MoveAll(&table(), QueueState::kApplying, replays ? QueueState::kApplied : QueueState::kUnknown,
          reason, message);
  for (BrokerRow& broker : table().brokers) {
    if (broker.state == BrokerState::kPending) broker.state = BrokerState::kSkipped;
    // Its replay, if it began, is ended like the others.
    if (broker.state == BrokerState::kApplying) {
      broker.state = replays ? BrokerState::kApplied : BrokerState::kUnknown;
    }
  }
  return replays && started ? CancelReplay(end) : Finish(end);
}

Visit::Step Visit::Verify() {
  if (spec_.verify_mode == api::VerifyMode::kNone) {
    writer_.Set(api::kVerified, "False", reason::kNotRequested, "`spec.verify.mode` is None");
    return std::nullopt;
  }
  const std::vector<std::string> names = BrokersIn(table(), BrokerState::kApplied);
  const reset::Table before = table();
  Status seen;
  for (const std::string& name : names) {
    Status read = reset::Observe(admin_.get(), spec_.request, *table().FindBroker(name), &table());
    if (!read.ok()) seen = read;
  }
  const bool late = tools_.clock->WallMs() >= LastAttemptMs(table()) + spec_.settle_ms || IsLate();
  if (!reset::AllVerified(table()) && spec_.cancel) {
    const std::string message =
        "cancelled while the offsets were still being verified; what was applied stays";
    writer_.Set(api::kVerified, "False", reset::reason::kCancelled, message);
    return Finish({false, "Cancelled", std::string(reset::reason::kCancelled), message});
  }
  if (!reset::AllVerified(table()) && !late) {
    // Evidence once seen must not be lost: a live group soon reads past it.
    if (status().phase != "Verifying" || !reset::SameEvidence(before, table())) {
      status().phase = "Verifying";
      if (Status written = writer_.Write(); !written.ok()) return Failed(written);
    }
    return Outcome{false, kVerifyPollMs, {}};
  }
  reset::GiveUpVerifying(&table());
  const Verdict verdict = JudgeTable(table());
  writer_.Set(api::kVerified, verdict.complete ? "True" : "False",
              verdict.complete ? reset::reason::kVerified : std::string_view(verdict.reason),
              seen.ok() ? verdict.message : verdict.message + "; " + seen.message());
  if (verdict.complete && !names.empty()) {
    writer_.Event(false, "OffsetResetVerified", verdict.message);
  }
  return std::nullopt;
}

}  // namespace rewindmq::reconcile
