#include "cli/reset_run.h"

#include <chrono>
#include <thread>
#include <utility>

#include "cli/reset_print.h"
#include "reset/apply.h"
#include "reset/recover.h"
#include "reset/route_check.h"
#include "reset/snapshot.h"
#include "reset/undo.h"
#include "reset/verify.h"

namespace rewindmq::cli {
namespace {

using reset::BrokerState;
using reset::QueueState;

// Clients of brokers that only notify sleep 10 s and commit within the next 5.
constexpr int64_t kUsualWaitMs = 20'000;

Status Refused(std::string_view why, const std::string& message) {
  return {ErrorCode::kRejected, std::string(why) + ": " + message};
}

// An unknown outcome needs a person: until then nothing more is touched.
void SkipTheRest(reset::Table* table) {
  for (reset::BrokerRow& broker : table->brokers) {
    if (broker.state != BrokerState::kPending) continue;
    broker.state = BrokerState::kSkipped;
    reset::MoveQueues(table, broker.name, QueueState::kPlanned, QueueState::kNotAttempted,
                      reset::reason::kOutcomeUnknown, "another broker's outcome is unknown");
  }
}

}  // namespace

Result<reset::Plan> ResetRun::MakePlan(const reset::Request& request) {
  Result<reset::Snapshot> snapshot = reset::ReadSnapshot(admin_, request);
  if (snapshot.status().code() == ErrorCode::kNotFound) {
    return Refused(reset::reason::kTopicNotFound, "no nameserver knows topic " + request.topic +
                                                      ": " + snapshot.status().message());
  }
  if (!snapshot.ok()) return snapshot.status().WithContext("looking for topic " + request.topic);
  return reset::MakePlan(request, *snapshot, clock_->WallMs());
}

Status ResetRun::CheckStill(const reset::Request& request, const reset::Table& table) {
  REWIND_TRY_ASSIGN(reset::Objection route, reset::CheckRoute(admin_, request, table));
  if (!route.empty()) return Refused(route.reason, route.message);
  REWIND_TRY_ASSIGN(reset::Objection offsets, reset::CheckOffsets(admin_, request, table));
  if (!offsets.empty()) return Refused(offsets.reason, offsets.message);
  return Status::Ok();
}

Status ResetRun::Apply(const reset::Request& request, const ResetRunOptions& options) {
  if (!options.dry_run) REWIND_TRY(CheckNoResultYet(options.result_path));
  REWIND_TRY_ASSIGN(reset::Plan plan, MakePlan(request));
  const bool show_plan = options.dry_run || !plan.problem.empty();
  if (show_plan && options.json) PrintPlanJson(request, plan, *out_);
  if (show_plan && !options.json && !plan.table.queues.empty()) PrintPlan(request, plan, *out_);
  if (!plan.problem.empty()) return Refused(plan.problem, plan.problem_message);
  if (!options.plan_hash.empty() && options.plan_hash != plan.hash) {
    return Refused(reset::reason::kPlanHashChanged,
                   "the plan is " + plan.hash + " now, not " + options.plan_hash +
                       ": nothing was sent; look at it with `rewindctl reset plan`");
  }
  if (options.dry_run) return FailuresOf(plan.table);
  ResultFile result{options.name_servers, plan.hash, clock_->WallMs(), request,
                    std::move(plan.table)};
  REWIND_TRY(WriteResult(options.result_path, result));
  REWIND_TRY(CheckStill(request, result.table));
  REWIND_TRY(AskBrokers(options, &result));
  // A replay takes as long as it takes: whoever wants to wait says so.
  const int64_t usual_ms = request.replay.has_value() ? 0 : kUsualWaitMs;
  Wait(options.wait_ms.value_or(usual_ms), options, &result);
  REWIND_TRY(WriteResult(options.result_path, result));
  return ShowOutcome(options, result);
}

Status ResetRun::AskBrokers(const ResetRunOptions& options, ResultFile* result) {
  for (size_t i = 0; i < result->table.brokers.size(); ++i) {
    const std::string name = result->table.brokers[i].name;
    if (result->table.brokers[i].state != BrokerState::kPending) continue;
    REWIND_TRY(AskBroker(name, options, result));
    // Known not to have happened, and safe to ask for once more: once.
    if (result->table.FindBroker(name)->state == BrokerState::kPending) {
      REWIND_TRY(AskBroker(name, options, result));
    }
    REWIND_TRY(WriteResult(options.result_path, *result));
    if (result->table.FindBroker(name)->state == BrokerState::kUnknown) {
      SkipTheRest(&result->table);
    }
  }
  return Status::Ok();
}

Status ResetRun::AskBroker(const std::string& name, const ResetRunOptions& options,
                           ResultFile* result) {
  auto intent = [&](const reset::BrokerRow&) { return WriteResult(options.result_path, *result); };
  reset::ApplyResult applied =
      reset::ApplyToBroker(admin_, result->request, name, clock_->WallMs(), intent, &result->table);
  if (applied.outcome == reset::ApplyOutcome::kNotRecorded) return applied.error;
  reset::BrokerRow* broker = result->table.FindBroker(name);
  if (applied.outcome == reset::ApplyOutcome::kUnreachable) {
    reset::FailBroker(applied.error, broker, &result->table);
  }
  if (broker->state == BrokerState::kApplying) Resolve(name, broker->attempts < 2, result);
  return Status::Ok();
}

void ResetRun::Resolve(const std::string& name, bool may_ask_again, ResultFile* result) {
  reset::BrokerRow* broker = result->table.FindBroker(name);
  Status looked =
      reset::ResolveInterrupted(admin_, result->request, may_ask_again, broker, &result->table);
  if (looked.ok()) return;
  broker->state = BrokerState::kUnknown;
  broker->reason = reset::reason::kOutcomeUnknown;
  broker->remark = looked.message();
  reset::MoveQueues(&result->table, name, QueueState::kApplying, QueueState::kUnknown,
                    reset::reason::kOutcomeUnknown,
                    "the broker did not answer, before or since; look again with verify");
}

void ResetRun::Wait(int64_t wait_ms, const ResetRunOptions& options, ResultFile* result) {
  const int64_t deadline_ms = clock_->SteadyMs() + wait_ms;
  while (!reset::AllVerified(result->table)) {
    for (size_t i = 0; i < result->table.brokers.size(); ++i) {
      const reset::BrokerRow broker = result->table.brokers[i];
      if (broker.state != BrokerState::kApplied) continue;
      Status ignored = reset::Observe(admin_, result->request, broker, &result->table);
      static_cast<void>(ignored);  // the next look may see it
    }
    const bool late = clock_->SteadyMs() >= deadline_ms;
    if (reset::AllVerified(result->table) || late) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(options.poll_interval_ms));
  }
  if (wait_ms > 0) reset::GiveUpVerifying(&result->table);
}

Status ResetRun::ShowOutcome(const ResetRunOptions& options, const ResultFile& result) {
  if (options.json) {
    PrintOutcomeJson(result.request, result.table, *out_);
  } else {
    PrintOutcome(result.request, result.table, *out_);
  }
  return FailuresOf(result.table);
}

Status ResetRun::Verify(ResultFile result, const ResetRunOptions& options) {
  for (size_t i = 0; i < result.table.brokers.size(); ++i) {
    if (result.table.brokers[i].state != BrokerState::kApplying) continue;
    Resolve(result.table.brokers[i].name, false, &result);
  }
  // A look may find what an earlier one gave up.
  for (reset::QueueRow& row : result.table.queues) {
    const bool given_up =
        row.reason == reset::reason::kVerificationMismatch && row.state == QueueState::kFailed;
    if (!given_up) continue;
    row.state = QueueState::kApplied;
    row.reason.clear();
    row.message.clear();
  }
  const int64_t wait_ms = options.wait_ms.value_or(0);
  Wait(wait_ms, options, &result);
  if (wait_ms == 0 && !result.request.replay.has_value()) reset::GiveUpVerifying(&result.table);
  REWIND_TRY(WriteResult(options.result_path, result));
  REWIND_TRY(ShowOutcome(options, result));
  if (reset::AllVerified(result.table)) return Status::Ok();
  return {ErrorCode::kRejected, "the replay is not over yet; look again, or wait with --wait"};
}

Status ResetRun::Undo(const ResultFile& result, const reset::Limits& limits,
                      const ResetRunOptions& options) {
  if (result.request.replay.has_value()) {
    return {ErrorCode::kInvalidArgument,
            "a replay moves no offset, so there is nothing to undo; end it with `rewindctl replay "
            "cancel --id " +
                result.request.operation_id + "`"};
  }
  reset::Undo undo = reset::UndoOf(result.request, result.table);
  undo.request.operation_id = result.request.operation_id + "-undo";
  undo.request.limits = limits;
  std::string missing;
  for (const std::string& queue : undo.not_restorable) missing += "\n  " + queue;
  if (undo.request.target.offsets.empty() && missing.empty()) {
    *out_ << "the reset moved nothing, so there is nothing to undo\n";
    return Status::Ok();
  }
  if (undo.request.target.offsets.empty()) {
    return {ErrorCode::kRejected, "nothing can be undone:" + missing};
  }
  REWIND_TRY(Apply(undo.request, options));
  if (missing.empty()) return Status::Ok();
  return {ErrorCode::kRejected, "not every queue could be undone:" + missing};
}

}  // namespace rewindmq::cli
