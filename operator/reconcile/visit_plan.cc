// The steps of a visit before anything has begun: the target is pinned, the plan made, and
// approved.

#include <algorithm>
#include <utility>

#include "common/base/time_format.h"
#include "operator/reconcile/reasons.h"
#include "operator/reconcile/visit.h"
#include "reset/snapshot.h"
#include "reset/undo.h"

namespace rewindmq::reconcile {
namespace {

// The schema's limits: a status with more would be refused.
constexpr size_t kMaxBrokerRows = 128;
constexpr size_t kMaxQueueRows = 512;

bool AnyBrokerSilent(const reset::Snapshot& snapshot) {
  return std::any_of(snapshot.brokers.begin(), snapshot.brokers.end(),
                     [](const auto& broker) { return reset::IsSilence(broker.error); });
}

Status FirstSilence(const reset::Snapshot& snapshot) {
  for (const auto& broker : snapshot.brokers) {
    if (reset::IsSilence(broker.error)) return broker.error.WithContext("broker " + broker.name);
  }
  return Status::Ok();
}

std::string PlanMessage(const reset::Request& request, const reset::Plan& plan) {
  const std::string of = std::to_string(plan.queues_planned) + " of " +
                         std::to_string(plan.table.queues.size()) + " queues ";
  const std::string again = std::to_string(plan.messages_to_replay) + " messages again";
  if (request.replay.has_value()) {
    const bool filters = !request.replay->tag.empty() || !request.replay->sql.empty();
    return of + "have messages of the interval: " + again +
           (filters ? " at most, those that the filter lets through" : "");
  }
  return of + "are to move: " + again + ", " + std::to_string(plan.messages_to_skip) + " skipped";
}

}  // namespace

Visit::Step Visit::PinTarget() {
  const int64_t now_ms = tools_.clock->WallMs();
  api::ResetStatus& now = status();
  now.operation_id = writer_.object().uid;
  // A file's name is all that its uid is made of, and may be used again.
  if (writer_.object().creation_time_ms == 0) now.operation_id += "-" + std::to_string(now_ms);
  now.start_time_ms = now_ms;
  now.target.emplace();
  now.target->summary = spec_.target_summary;
  reset::Target& target = spec_.request.target;
  if (spec_.ago_ms.has_value()) target.time_ms = now_ms - *spec_.ago_ms;
  if (target.kind == reset::TargetKind::kTime) {
    now.target->resolved_time_ms = target.time_ms;
    if (spec_.ago_ms.has_value()) {
      now.target->summary += " (" + FormatRfc3339(target.time_ms) + ")";
    }
  }
  if (spec_.request.replay.has_value()) {
    now.target->summary += " to " + FormatRfc3339(spec_.request.replay->until_ms);
  }
  const bool exact =
      target.kind == reset::TargetKind::kOffsets || target.kind == reset::TargetKind::kRestoreFrom;
  if (!exact) now.target->timestamp_ms = target.WireTimestampMs();
  if (target.kind == reset::TargetKind::kTime && target.time_ms > now_ms) {
    return Refuse(api::kAccepted, reset::reason::kTargetTimeInFuture,
                  "`spec.target.time` " + FormatRfc3339(target.time_ms) + " is later than now, " +
                      FormatRfc3339(now_ms));
  }
  if (spec_.request.replay.has_value()) {
    if (Step step = CheckInterval(target.time_ms, now_ms)) return step;
  }
  if (target.kind == reset::TargetKind::kRestoreFrom) {
    if (Step step = PinRestore()) return step;
  }
  now.phase = "Pending";
  writer_.Set(api::kAccepted, "True", "Accepted", "the spec is valid");
  for (std::string_view type : kOpenConditions) {
    writer_.Set(type, "Unknown", "Pending", "not reached yet");
  }
  for (std::string_view type : {api::kComplete, api::kFailed, api::kFinished}) {
    writer_.Set(type, "Unknown", "Pending", "not finished yet");
  }
  if (Status written = writer_.Write(); !written.ok()) return Failed(written);
  return std::nullopt;
}

Visit::Step Visit::CheckInterval(int64_t from_ms, int64_t now_ms) {
  const int64_t until_ms = spec_.request.replay->until_ms;
  if (until_ms <= from_ms) {
    return Refuse(api::kAccepted, reset::reason::kUntilBeforeTime,
                  "`spec.replay.until` " + FormatRfc3339(until_ms) +
                      " must be later than where the interval begins, " + FormatRfc3339(from_ms));
  }
  if (until_ms > now_ms) {
    return Refuse(api::kAccepted, reset::reason::kTargetTimeInFuture,
                  "`spec.replay.until` " + FormatRfc3339(until_ms) + " is later than now, " +
                      FormatRfc3339(now_ms) + ": only what is stored already can come again");
  }
  return std::nullopt;
}

Visit::Step Visit::PinRestore() {
  const api::OffsetReset& object = writer_.object();
  const api::ObjectKey key{object.key.ns, spec_.restore_from};
  Result<api::OffsetReset> source = tools_.store->Get(key);
  if (!source.ok() && source.status().code() != ErrorCode::kNotFound) {
    return Failed(source.status());
  }
  if (!source.ok()) {
    return Refuse(api::kAccepted, reason::kRestoreSourceNotFound,
                  "there is no OffsetReset " + spec_.restore_from + " in namespace " + key.ns +
                      ", which `spec.target.restoreFrom` names");
  }
  const auto unusable = [&](const std::string& why) {
    return Refuse(
        api::kAccepted, reason::kRestoreSourceNotUsable,
        "OffsetReset " + spec_.restore_from + ", which `spec.target.restoreFrom` names, " + why);
  };
  if (key == object.key) return unusable("is this very object; name another one");
  Result<api::AcceptedSpec> other = api::ParseSpec(source->spec(), key.ns);
  if (!other.ok()) return unusable("is not valid itself: " + other.status().message());
  if (other->LockName() != spec_.LockName()) {
    return unusable("is of another cluster, topic or consumerGroup; all three must be the same");
  }
  const reset::Undo undo = reset::UndoOf(other->request, source->status.table);
  api::TargetStatus& target = *status().target;
  target.offsets = undo.request.target.offsets;
  target.restored_from = source->uid;
  if (target.offsets.empty()) {
    if (!undo.not_restorable.empty())
      return unusable("cannot be undone: " + undo.not_restorable[0]);
    return unusable(source->finished() ? "moved no offset, so there is nothing to go back to"
                                       : "has moved no offset yet; wait until it is finished");
  }
  for (const std::string& queue : undo.not_restorable) {
    writer_.Event(true, "OffsetNotRestorable", queue);
  }
  return std::nullopt;
}

void Visit::UsePinnedTarget() {
  reset::Target& target = spec_.request.target;
  const api::TargetStatus& pinned = *status().target;
  if (target.kind == reset::TargetKind::kTime) target.time_ms = pinned.timestamp_ms.value_or(0);
  if (target.kind == reset::TargetKind::kRestoreFrom) target.offsets = pinned.offsets;
  spec_.request.operation_id = status().operation_id;
}

Visit::Step Visit::Prepare() {
  if (Step step = CheckEnd()) return step;
  const bool planned = status().plan.has_value();
  // The edit that approves it makes the next visit.
  if (WaitsForApproval() && planned) return Outcome{};
  if (!WaitsForApproval() && !spec_.dry_run) {
    if (Step step = TakeLock()) return step;
  }
  if (planned) {
    if (Step step = CheckRoute()) return step;
  }
  return MakePlan();
}

Visit::Step Visit::MakePlan() {
  Result<reset::Snapshot> snapshot = reset::ReadSnapshot(admin_.get(), spec_.request);
  if (!snapshot.ok()) return NoSnapshot(snapshot.status());
  if (AnyBrokerSilent(*snapshot)) {
    if (Step step =
            Retry(api::kPlanned, reset::reason::kBrokerUnreachable, FirstSilence(*snapshot))) {
      return step;
    }
  }
  const reset::Plan plan = reset::MakePlan(spec_.request, *snapshot);
  if (plan.table.brokers.size() > kMaxBrokerRows || plan.table.queues.size() > kMaxQueueRows) {
    return Refuse(api::kPlanned, reset::reason::kLimitExceeded,
                  "the topic has " + std::to_string(plan.table.queues.size()) + " queues on " +
                      std::to_string(plan.table.brokers.size()) + " brokers; at most " +
                      std::to_string(kMaxQueueRows) + " on " + std::to_string(kMaxBrokerRows) +
                      " fit into one OffsetReset: split it by `spec.scope.brokerNames`");
  }
  table() = plan.table;
  planned_now_ = true;
  status().plan = api::PlanStatus{plan.hash, tools_.clock->WallMs(), plan.messages_to_replay,
                                  plan.messages_to_skip};
  if (!plan.problem.empty()) return Refuse(api::kPlanned, plan.problem, plan.problem_message);
  const std::string message = PlanMessage(spec_.request, plan);
  writer_.Set(api::kPlanned, "True", "Planned", message);
  if (spec_.dry_run) {
    return Finish({true, "Succeeded", std::string(reset::reason::kDryRunComplete), message});
  }
  if (WaitsForApproval()) return AwaitApproval(message);
  if (spec_.approval_required && plan.hash != spec_.approved_plan_hash) {
    return Refuse(
        api::kApproved, reset::reason::kPlanHashChanged,
        "plan " + spec_.approved_plan_hash + " was approved, but made again it is plan " +
            plan.hash + ": " + message +
            ". Queues or brokers came or went, or messages of the plan were deleted by "
            "their age. Nothing was done; look at status.queues and approve the plan of a new "
            "OffsetReset if it is what you want");
  }
  return StartRunning(message);
}

Visit::Step Visit::NoSnapshot(const Status& error) {
  if (error.code() == ErrorCode::kNotFound) {
    return Refuse(api::kPlanned, reset::reason::kTopicNotFound,
                  "no nameserver of " + NameServers() + " knows topic " + spec_.request.topic);
  }
  if (!reset::IsSilence(error)) {
    return Refuse(api::kPlanned, reset::ReasonFor(error), error.message());
  }
  if (Step step = Retry(api::kPlanned, reset::reason::kNameServerUnreachable, error)) return step;
  return Refuse(api::kPlanned, reset::reason::kNameServerUnreachable,
                "no nameserver of " + NameServers() + " answered in " +
                    std::to_string(status().attempts) + " attempts: " + error.message());
}

Visit::Step Visit::AwaitApproval(const std::string& message) {
  const std::string& hash = status().plan->hash;
  status().phase = "AwaitingApproval";
  const std::string wish = "plan " + hash + ": " + message +
                           "; look at status.queues, then set spec.approvedPlanHash to " + hash +
                           " to approve it";
  writer_.Set(api::kApproved, "Unknown", reason::kAwaitingApproval, wish);
  WriteResults();
  if (Status written = writer_.Write(); !written.ok()) return Failed(written);
  writer_.Event(false, "OffsetResetAwaitingApproval", wish);
  return Outcome{};
}

Visit::Step Visit::StartRunning(const std::string& message) {
  if (spec_.approval_required) {
    writer_.Set(api::kApproved, "True", reason::kApproved, "plan " + spec_.approved_plan_hash);
  } else {
    writer_.Set(api::kApproved, "True", reason::kAutomatic, "no approval is required");
  }
  status().phase = "Running";
  if (Status held = writer_.Hold(); !held.ok()) return Failed(held);
  if (Status written = writer_.Write(); !written.ok()) return Failed(written);
  writer_.Event(false, "OffsetResetPlanned", message);
  if (spec_.approval_required) {
    writer_.Event(false, "OffsetResetApproved", "plan " + spec_.approved_plan_hash);
  }
  return std::nullopt;
}

}  // namespace rewindmq::reconcile
