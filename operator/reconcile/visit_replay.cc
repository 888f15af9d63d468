// The steps of a visit that watch and steer a replay. The brokers deliver by themselves and keep
// count; all that is lost with an operator is time.

#include <algorithm>
#include <utility>

#include "operator/reconcile/reasons.h"
#include "operator/reconcile/visit.h"
#include "reset/replay.h"
#include "reset/verify.h"

namespace rewindmq::reconcile {
namespace {

using protocol::ReplayState;
using reset::BrokerRow;
using reset::BrokerState;
using reset::QueueRow;
using reset::QueueState;

constexpr int64_t kFirstPollMs = 250;
constexpr int64_t kMaxPollMs = 5'000;
// People who watch see it move, and the API server is not flooded.
constexpr int64_t kWriteEveryMs = 1'000;
// Java's clients look for a retry topic that is new every 30 s, and share its queues every 20 s.
constexpr int64_t kMinConsumeWaitMs = 60'000;

bool IsUnderWay(const QueueRow& row) {
  return row.replay.has_value() && row.state == QueueState::kApplied &&
         row.reason != reset::reason::kVerified;
}

bool IsDelivered(const QueueRow& row) {
  return !IsUnderWay(row) || row.replay->next_offset >= row.replay->end_offset;
}

bool AllDelivered(const reset::Table& table) {
  return std::all_of(table.queues.begin(), table.queues.end(), IsDelivered);
}

bool NobodyIsOnline(const reset::Table& table) {
  return std::none_of(table.brokers.begin(), table.brokers.end(), [](const BrokerRow& broker) {
    return broker.state == BrokerState::kApplied && broker.clients_online.value_or(1) > 0;
  });
}

void FailBrokersReplay(const BrokerRow& broker, const std::string& message, reset::Table* table) {
  for (QueueRow* row : table->QueuesOf(broker.name)) {
    if (!IsUnderWay(*row)) continue;
    row->state = QueueState::kFailed;
    row->reason = reset::reason::kBrokerRejected;
    row->message = message;
  }
}

// The most pressing one stands for all.
ReplayState Combine(ReplayState a, ReplayState b) {
  constexpr ReplayState kOrder[] = {ReplayState::kRunning, ReplayState::kPaused,
                                    ReplayState::kFailed, ReplayState::kCancelled};
  for (ReplayState state : kOrder) {
    if (a == state || b == state) return state;
  }
  return ReplayState::kFinished;
}

}  // namespace

api::ReplaySummary SumOf(const reset::Table& table) {
  api::ReplaySummary sum;
  for (const QueueRow& row : table.queues) {
    if (!row.replay.has_value()) continue;
    sum.delivered += row.replay->delivered;
    sum.filtered += row.replay->filtered;
    sum.missing += row.replay->missing;
    sum.repeated += row.replay->repeated;
  }
  return sum;
}

Status Visit::PollReplay() {
  Status silence;
  api::ReplaySummary sum;
  ReplayState state = ReplayState::kFinished;
  // By name: taking an answer may touch the rows.
  for (BrokerRow& broker : table().brokers) {
    if (broker.state != BrokerState::kApplied) continue;
    auto replays = admin_->Replays(broker.address, spec_.request.operation_id);
    if (!replays.ok()) {
      silence = replays.status().WithContext("broker " + broker.name);
      state = Combine(state, ReplayState::kRunning);
      continue;
    }
    auto own = std::find_if(replays->begin(), replays->end(), [&](const auto& replay) {
      return replay.order.id == spec_.request.operation_id;
    });
    if (own == replays->end()) {
      FailBrokersReplay(broker, "the broker does not know this replay, or no longer", &table());
      continue;
    }
    reset::TakeReplay(*own, &broker, &table());
    sum.unconsumed += own->unconsumed;
    state = Combine(state, own->state);
  }
  const api::ReplaySummary rows = SumOf(table());
  if (!silence.ok() && status().replay.has_value()) {
    sum.unconsumed = std::max(sum.unconsumed, status().replay->unconsumed);
  }
  sum.delivered = rows.delivered;
  sum.filtered = rows.filtered;
  sum.missing = rows.missing;
  sum.repeated = rows.repeated;
  sum.state = protocol::Name(state);
  if (!memory_->consumed_at_ms.has_value() || !status().replay.has_value() ||
      status().replay->unconsumed != sum.unconsumed) {
    memory_->consumed_at_ms = tools_.clock->SteadyMs();
  }
  status().replay = std::move(sum);
  return silence;
}

Visit::Step Visit::FollowReplay() {
  const bool any =
      std::any_of(table().brokers.begin(), table().brokers.end(),
                  [](const BrokerRow& broker) { return broker.state == BrokerState::kApplied; });
  if (!any) return Finish(JudgeReplay(status()));
  if (Step step = CheckEnd()) return step;
  // The operator's own end leaves the brokers at work; the object's end must not.
  memory_->abandon = [admin = admin_, request = spec_.request, table = table()]() mutable {
    Status ignored = reset::SteerReplay(admin.get(), request, /*cancel=*/true, &table);
    static_cast<void>(ignored);
  };
  const std::string before = ReplayView();
  Status silence = reset::SteerReplay(admin_.get(), spec_.request, /*cancel=*/false, &table());
  if (Status polled = PollReplay(); !polled.ok()) silence = polled;
  const bool delivered = AllDelivered(table());
  if (delivered && silence.ok()) {
    if (Step step = ConcludeReplay()) return step;
  }
  const bool paused = status().replay->state == protocol::Name(ReplayState::kPaused);
  status().phase = delivered ? "Verifying" : paused ? "Paused" : "Replaying";
  if (!silence.ok()) {
    writer_.Set(api::kApplied, "Unknown", reset::reason::kBrokerUnreachable, silence.message());
  } else {
    writer_.Set(api::kApplied, "Unknown", status().phase, ReplayMessage(*status().replay));
  }
  return WaitForReplay(before);
}

// What a reader of the status would see change.
std::string Visit::ReplayView() {
  const api::Condition* applied = status().Find(api::kApplied);
  return status().phase + "|" + (applied == nullptr ? "" : applied->message) + "|" +
         std::to_string(status().observed_generation);
}

Visit::Step Visit::WaitForReplay(const std::string& before) {
  const int64_t now_ms = tools_.clock->SteadyMs();
  const bool edited = status().observed_generation != writer_.object().generation;
  const bool changed = edited || before != ReplayView();
  const bool new_phase = before.substr(0, before.find('|')) != status().phase;
  const bool due = edited || new_phase || now_ms - memory_->written_at_ms >= kWriteEveryMs;
  if (changed && due) {
    if (Status written = writer_.Write(); !written.ok()) return Failed(written);
    memory_->written_at_ms = now_ms;
  }
  memory_->poll_ms = edited || new_phase
                         ? kFirstPollMs
                         : std::clamp(memory_->poll_ms * 3 / 2, kFirstPollMs, kMaxPollMs);
  memory_->not_before_ms = now_ms + memory_->poll_ms;
  return Outcome{false, memory_->poll_ms, {}};
}

Visit::Step Visit::ConcludeReplay() {
  const api::ReplaySummary& sum = *status().replay;
  const bool verified = reset::AllVerified(table());
  const bool offline = NobodyIsOnline(table());
  const bool wanted = spec_.verify_mode != api::VerifyMode::kNone;
  const bool idle = tools_.clock->SteadyMs() - *memory_->consumed_at_ms >=
                    std::max(spec_.settle_ms, kMinConsumeWaitMs);
  if (wanted && !verified && !offline && !idle) return std::nullopt;
  const std::string waiting =
      std::to_string(sum.unconsumed) + " messages wait for the group in its retry topic";
  if (!wanted) {
    writer_.Set(api::kVerified, "False", reason::kNotRequested, "`spec.verify.mode` is None");
  } else if (!verified && offline) {
    writer_.Set(api::kVerified, "False", reset::reason::kConsumerNotOnline,
                "no consumer is online; " + waiting);
  } else {
    reset::GiveUpVerifying(&table());
  }
  const Verdict verdict = JudgeReplay(status());
  writer_.Set(api::kApplied, verdict.complete ? "True" : "False", verdict.reason, verdict.message);
  if (wanted && verified) {
    writer_.Set(api::kVerified, verdict.complete ? "True" : "False",
                verdict.complete ? reset::reason::kVerified : std::string_view(verdict.reason),
                "the group has consumed what was delivered");
  }
  memory_->abandon = nullptr;
  return Finish(verdict);
}

Visit::Step Visit::CancelReplay(const Verdict& end) {
  Status told = reset::SteerReplay(admin_.get(), spec_.request, /*cancel=*/true, &table());
  if (Status polled = PollReplay(); told.ok()) told = polled;
  if (!told.ok() && ++status().attempts <= spec_.backoff_limit) {
    const int64_t wait_ms = kFirstPollMs << std::min(status().attempts, 5);
    writer_.Set(api::kApplied, "Unknown", end.reason,
                "the replay is being ended: " + told.message());
    if (Status written = writer_.Write(); !written.ok()) return Failed(written);
    memory_->not_before_ms = tools_.clock->SteadyMs() + wait_ms;
    return Outcome{false, wait_ms, {}};
  }
  for (QueueRow& row : table().queues) {
    if (!IsUnderWay(row) || IsDelivered(row)) continue;
    row.state = QueueState::kUnknown;
    row.reason = reset::reason::kOutcomeUnknown;
    row.message = "the broker did not answer, so its replay may go on: " + told.message();
  }
  memory_->abandon = nullptr;
  Verdict verdict = end;
  verdict.message += ": " + ReplayMessage(*status().replay);
  return Finish(verdict);
}

}  // namespace rewindmq::reconcile
