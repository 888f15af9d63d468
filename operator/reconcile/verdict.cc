#include "operator/reconcile/verdict.h"

#include <algorithm>
#include <set>

namespace rewindmq::reconcile {
namespace {

using reset::QueueRow;
using reset::QueueState;

// Out of reach is harmless only where there is nothing to read.
bool IsFailure(const QueueRow& row) {
  if (row.state == QueueState::kNotCovered) {
    return row.max_offset.value_or(1) > row.min_offset.value_or(0);
  }
  return row.state == QueueState::kFailed || row.state == QueueState::kNotAttempted;
}

bool IsUnderWay(const QueueRow& row) {
  return row.replay.has_value() && row.replay->next_offset < row.replay->end_offset;
}

struct Count {
  int applied = 0;
  int unchanged = 0;
  int withheld = 0;
  int failed = 0;
  int unknown = 0;
  std::set<std::string> failure_reasons;
  std::string first_failure;
};

void NoteFailure(const std::string& what, const std::string& why, const std::string& message,
                 Count* count) {
  count->failure_reasons.insert(why);
  if (count->first_failure.empty()) count->first_failure = what + ": " + message;
}

Count CountRows(const reset::Table& table) {
  Count count;
  for (const QueueRow& row : table.queues) {
    count.applied += row.state == QueueState::kApplied && !IsUnderWay(row) ? 1 : 0;
    count.unchanged += row.state == QueueState::kUnchanged ? 1 : 0;
    count.withheld += row.Withheld() ? 1 : 0;
    count.unknown += row.state == QueueState::kUnknown ? 1 : 0;
    if (!IsFailure(row)) continue;
    ++count.failed;
    NoteFailure("broker " + row.broker_name + " queue " + std::to_string(row.queue_id), row.reason,
                row.message, &count);
  }
  for (const reset::BrokerRow& broker : table.brokers) {
    // A broker that has not even rows, because the route does not know it.
    bool has_rows = std::any_of(table.queues.begin(), table.queues.end(), [&](const QueueRow& row) {
      return row.broker_name == broker.name;
    });
    if (has_rows || broker.state != reset::BrokerState::kFailed) continue;
    ++count.failed;
    NoteFailure("broker " + broker.name, broker.reason, broker.remark, &count);
  }
  return count;
}

std::string Of(int part, size_t whole, const std::string& what) {
  return std::to_string(part) + " of " + std::to_string(whole) + " queues " + what;
}

Verdict JudgeFailure(const Count& count, size_t total) {
  Verdict verdict;
  verdict.phase = count.applied > 0 ? "PartiallySucceeded" : "Failed";
  const bool one_reason = count.applied == 0 && count.failure_reasons.size() == 1 &&
                          !count.failure_reasons.begin()->empty();
  verdict.reason =
      one_reason ? *count.failure_reasons.begin() : std::string(reset::reason::kSomeQueuesFailed);
  verdict.message = Of(count.failed, total, "failed; ") + count.first_failure;
  return verdict;
}

}  // namespace

Verdict JudgeTable(const reset::Table& table) {
  const Count count = CountRows(table);
  const size_t total = table.queues.size();
  if (count.unknown > 0) {
    return {false, "Interrupted", std::string(reset::reason::kOutcomeUnknown),
            Of(count.unknown, total, "may or may not have been reset; see their rows")};
  }
  if (count.failed > 0) return JudgeFailure(count, total);
  if (count.applied > 0) {
    return {true, "Succeeded", std::string(reset::reason::kAllQueuesReset),
            Of(count.applied, total, "were reset, ") + std::to_string(count.unchanged) +
                " needed no change"};
  }
  for (const QueueRow& row : table.queues) {
    if (!row.Withheld()) continue;
    return {false, "Failed", row.reason,
            "the direction forbids to move " + std::to_string(count.withheld) +
                " queues and no other needs to move; use direction Any if this is meant"};
  }
  return {true, "Succeeded", std::string(reset::reason::kNothingToDo),
          "the group is already at the target"};
}

std::string ReplayMessage(const api::ReplaySummary& replay) {
  std::string text = std::to_string(replay.delivered) + " messages delivered again, " +
                     std::to_string(replay.filtered) + " filtered out, " +
                     std::to_string(replay.unconsumed) + " still to be consumed";
  if (replay.missing > 0) text += ", " + std::to_string(replay.missing) + " no longer there";
  if (replay.repeated > 0) text += ", " + std::to_string(replay.repeated) + " delivered twice";
  return text;
}

Verdict JudgeReplay(const api::ResetStatus& status) {
  Verdict verdict = JudgeTable(status.table);
  if (!verdict.complete) return verdict;
  if (verdict.reason == reset::reason::kNothingToDo) {
    verdict.message = "no queue has a message of the interval";
    return verdict;
  }
  verdict.reason = reset::reason::kReplayed;
  if (status.replay.has_value()) verdict.message = ReplayMessage(*status.replay);
  return verdict;
}

void Tally(api::ResetStatus* status) {
  const Count count = CountRows(status->table);
  status->queues_total = static_cast<int32_t>(status->table.queues.size());
  status->queues_applied = count.applied;
  status->queues_unchanged = count.unchanged;
  status->queues_failed = count.failed;
  status->queues_unknown = count.unknown;
  status->lag_before.reset();
  status->lag_after.reset();
  for (const QueueRow& row : status->table.queues) {
    if (auto lag = row.LagBefore()) status->lag_before = status->lag_before.value_or(0) + *lag;
    if (auto lag = row.LagAfter()) status->lag_after = status->lag_after.value_or(0) + *lag;
  }
  if (status->queues_total > 0) {
    status->progress = std::to_string(count.applied + count.unchanged) + "/" +
                       std::to_string(status->queues_total);
  }
}

}  // namespace rewindmq::reconcile
