// The steps of a visit that touch the brokers.
#include <algorithm>
#include <utility>

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
constexpr std::string_view kDeadlineExceeded = "DeadlineExceeded";
constexpr std::string_view kCancelled = "Cancelled";

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
  if (status().Find(api::kApplied)->status == "Unknown") {
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
  return RecordAnswer(broker_name, false);
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
    writer_.Event(false, "BrokerOffsetResetApplied", who + "reset by " + broker.method);
  } else if (broker.state == BrokerState::kUnknown) {
    writer_.Event(true, "OffsetResetInterrupted", who + broker.remark);
  } else if (broker.state == BrokerState::kFailed) {
    writer_.Event(true, "BrokerOffsetResetFailed", who + broker.reason + ": " + broker.remark);
  }
  // Pending again: a skip that is known not to have happened may be asked for once more.
  return broker.state == BrokerState::kPending ? ApplyTo(broker_name) : std::nullopt;
}

Visit::Step Visit::CheckEnd() {
  const int64_t deadline_ms = status().start_time_ms.value_or(0) + spec_.active_deadline_ms;
  const bool late = tools_.clock->WallMs() > deadline_ms;
  if (!late && !spec_.cancel) return std::nullopt;
  const std::string reason(spec_.cancel ? kCancelled : kDeadlineExceeded);
  const std::string message = spec_.cancel ? "cancelled before every broker was asked"
                                           : "not finished within `spec.activeDeadlineSeconds`";
  MoveAll(&table(), QueueState::kPlanned, QueueState::kNotAttempted, reason, message);
  MoveAll(&table(), QueueState::kApplying, QueueState::kUnknown, reason, message);
  for (BrokerRow& broker : table().brokers) {
    if (broker.state == BrokerState::kPending) broker.state = BrokerState::kSkipped;
    if (broker.state == BrokerState::kApplying) broker.state = BrokerState::kUnknown;
  }
  return Finish({false, spec_.cancel ? "Cancelled" : "Failed", reason, message});
}

Visit::Step Visit::Verify() {
  if (spec_.verify_mode == api::VerifyMode::kNone) {
    writer_.Set(api::kVerified, "False", "NotRequested", "`spec.verify.mode` is None");
    return std::nullopt;
  }
  const std::vector<std::string> names = BrokersIn(table(), BrokerState::kApplied);
  const reset::Table before = table();
  Status seen;
  for (const std::string& name : names) {
    Status read = reset::Observe(admin_.get(), spec_.request, *table().FindBroker(name), &table());
    if (!read.ok()) seen = read;
  }
  const bool late =
      tools_.clock->WallMs() >= LastAttemptMs(table()) + spec_.settle_ms ||
      tools_.clock->WallMs() > status().start_time_ms.value_or(0) + spec_.active_deadline_ms;
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
