#include "operator/reconcile/visit.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/time_format.h"
#include "reset/snapshot.h"

namespace rewindmq::reconcile {
namespace {

using namespace std::string_view_literals;

constexpr int64_t kFirstBackoffMs = 500;
constexpr int64_t kMaxBackoffMs = 10'000;
constexpr int64_t kLockPollMs = 1000;
// The schema's limits: a status with more would be refused.
constexpr size_t kMaxBrokerRows = 128;
constexpr size_t kMaxQueueRows = 512;

constexpr std::array kOpenConditions = {api::kPlanned, api::kApproved, api::kApplied,
                                        api::kVerified};

constexpr std::string_view kInvalidManifest = "InvalidManifest";
constexpr std::string_view kNotSupportedYet = "NotSupportedYet";

int64_t BackoffMs(int32_t attempts) {
  const int32_t doublings = std::min(attempts - 1, 10);
  return std::min(kMaxBackoffMs, kFirstBackoffMs << doublings);
}

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

}  // namespace

Visit::Visit(const Tools& tools, Memory* memory, api::OffsetReset object)
    : tools_(tools), memory_(memory), writer_(tools.store, tools.clock, std::move(object)) {}

Outcome Visit::Run() {
  if (Step step = Accept()) return *step;
  if (!status().target.has_value()) {
    if (Step step = PinTarget()) return *step;
  }
  if (Step step = Pace()) return *step;
  spec_.request.target.time_ms = status().target->timestamp_ms.value_or(0);
  admin_ = (*tools_.admin_factory)(spec_.name_servers, spec_.request_timeout_ms);
  if (!spec_.dry_run) {
    if (Step step = TakeLock()) return *step;
  }
  if (!status().plan.has_value()) {
    if (Step step = CheckEnd()) return *step;
    if (Step step = MakePlan()) return *step;
  }
  if (Step step = Act()) return *step;
  if (Step step = Verify()) return *step;
  return Finish(JudgeTable(table()));
}

Visit::Step Visit::Accept() {
  const api::OffsetReset& object = writer_.object();
  Result<api::AcceptedSpec> spec = api::ParseSpec(object.spec(), object.key.ns);
  if (spec.ok()) {
    spec_ = std::move(spec).value();
    return std::nullopt;
  }
  // The API server keeps a plan's spec from changing; a folder of manifests does not.
  status().plan.reset();
  const bool unserved = spec.status().code() == ErrorCode::kUnsupported;
  return Refuse(api::kAccepted, unserved ? kNotSupportedYet : kInvalidManifest,
                spec.status().message());
}

Visit::Step Visit::PinTarget() {
  const int64_t now_ms = tools_.clock->WallMs();
  api::ResetStatus& now = status();
  now.operation_id = writer_.object().uid;
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
  now.target->timestamp_ms = target.WireTimestampMs();
  if (target.kind == reset::TargetKind::kTime && target.time_ms > now_ms) {
    return Refuse(api::kAccepted, reset::reason::kTargetTimeInFuture,
                  "`spec.target.time` " + FormatRfc3339(target.time_ms) + " is later than now, " +
                      FormatRfc3339(now_ms));
  }
  now.phase = "Pending";
  writer_.Set(api::kAccepted, "True", "Accepted", "the spec is valid");
  for (std::string_view type : kOpenConditions) writer_.Set(type, "Unknown", "Pending", {});
  for (std::string_view type : {api::kComplete, api::kFailed, api::kFinished}) {
    writer_.Set(type, "Unknown", "Pending", {});
  }
  if (Status written = writer_.Write(); !written.ok()) return Failed(written);
  return std::nullopt;
}

Visit::Step Visit::Pace() {
  // An event about our own write must not shorten a back-off; a cancellation may.
  const int64_t wait_ms = memory_->not_before_ms - tools_.clock->SteadyMs();
  if (wait_ms <= 0 || spec_.cancel) return std::nullopt;
  return Outcome{false, wait_ms, {}};
}

Visit::Step Visit::TakeLock() {
  const std::string name = spec_.LockName();
  const api::OffsetReset& object = writer_.object();
  if (tools_.lock->Holds(name, object.key)) return std::nullopt;
  Result<std::vector<api::OffsetReset>> others = tools_.store->List();
  if (!others.ok()) return Failed(others.status());
  std::optional<api::ObjectKey> holder = tools_.lock->Acquire(name, object, *others);
  if (!holder.has_value()) return std::nullopt;
  if (Step step = CheckEnd()) return step;
  std::string message = "waits for " + holder->ToString() + ", which resets the same group";
  const api::Condition* planned = status().Find(api::kPlanned);
  if (status().phase != "Queued" || planned == nullptr || planned->message != message) {
    const bool first = status().phase != "Queued";
    status().phase = "Queued";
    writer_.Set(api::kPlanned, "Unknown", reset::reason::kConcurrentReset, message);
    if (Status written = writer_.Write(); !written.ok()) return Failed(written);
    if (first) writer_.Event(false, "OffsetResetQueued", message);
  }
  return Outcome{false, kLockPollMs, {}};
}

Visit::Step Visit::MakePlan() {
  Result<reset::Snapshot> snapshot = reset::ReadSnapshot(admin_.get(), spec_.request);
  if (!snapshot.ok()) {
    const Status& error = snapshot.status();
    if (error.code() == ErrorCode::kNotFound) {
      return Refuse(api::kPlanned, reset::reason::kTopicNotFound,
                    "no nameserver of " + NameServers() + " knows topic " + spec_.request.topic +
                        ": " + error.message());
    }
    if (!reset::IsSilence(error)) {
      return Refuse(api::kPlanned, reset::ReasonFor(error), error.message());
    }
    if (Step step = Retry(api::kPlanned, reset::reason::kNameServerUnreachable, error)) {
      return step;
    }
    return Refuse(api::kPlanned, reset::reason::kNameServerUnreachable,
                  "no nameserver of " + NameServers() + " answered in " +
                      std::to_string(status().attempts) + " attempts: " + error.message());
  }
  if (AnyBrokerSilent(*snapshot)) {
    if (Step step =
            Retry(api::kPlanned, reset::reason::kBrokerUnreachable, FirstSilence(*snapshot))) {
      return step;
    }
  }
  const reset::Plan plan = reset::MakePlan(spec_.request, *snapshot);
  if (Step step = CheckLimits(plan)) return step;
  table() = plan.table;
  status().plan = api::PlanStatus{plan.hash, tools_.clock->WallMs(), plan.messages_to_replay,
                                  plan.messages_to_skip};
  if (!plan.problem.empty()) return Refuse(api::kPlanned, plan.problem, plan.problem_message);
  return StartRunning(plan);
}

Visit::Step Visit::CheckLimits(const reset::Plan& plan) {
  if (plan.table.brokers.size() > kMaxBrokerRows || plan.table.queues.size() > kMaxQueueRows) {
    return Refuse(api::kPlanned, reset::reason::kLimitExceeded,
                  "the topic has " + std::to_string(plan.table.queues.size()) + " queues on " +
                      std::to_string(plan.table.brokers.size()) + " brokers; at most " +
                      std::to_string(kMaxQueueRows) + " on " + std::to_string(kMaxBrokerRows) +
                      " fit into one OffsetReset: split it by `spec.scope.brokerNames`");
  }
  if (plan.messages_to_replay > spec_.max_replay_messages.value_or(INT64_MAX)) {
    return Refuse(api::kPlanned, reset::reason::kLimitExceeded,
                  "the plan replays " + std::to_string(plan.messages_to_replay) +
                      " messages, more than `spec.limits.maxReplayMessages` allows");
  }
  if (plan.messages_to_skip > spec_.max_skip_messages.value_or(INT64_MAX)) {
    return Refuse(api::kPlanned, reset::reason::kLimitExceeded,
                  "the plan skips " + std::to_string(plan.messages_to_skip) +
                      " messages, more than `spec.limits.maxSkipMessages` allows");
  }
  return std::nullopt;
}

Visit::Step Visit::StartRunning(const reset::Plan& plan) {
  const std::string message =
      std::to_string(plan.queues_planned) + " of " + std::to_string(plan.table.queues.size()) +
      " queues are to move: " + std::to_string(plan.messages_to_replay) + " messages again, " +
      std::to_string(plan.messages_to_skip) + " skipped";
  writer_.Set(api::kPlanned, "True", "Planned", message);
  if (spec_.dry_run)
    return Finish({true, "Succeeded", std::string(reset::reason::kDryRunComplete), message});
  writer_.Set(api::kApproved, "True", "Automatic", "no approval is required");
  status().phase = "Running";
  if (Status written = writer_.Write(); !written.ok()) return Failed(written);
  writer_.Event(false, "OffsetResetPlanned", message);
  return std::nullopt;
}

Visit::Step Visit::Retry(std::string_view condition, std::string_view reason, const Status& error) {
  const int32_t attempts = ++status().attempts;
  if (attempts > spec_.backoff_limit) return std::nullopt;
  if (Step step = CheckEnd()) return step;
  const int64_t wait_ms = BackoffMs(attempts);
  writer_.Set(condition, "Unknown", reason,
              "attempt " + std::to_string(attempts) + " of " +
                  std::to_string(spec_.backoff_limit + 1) + " failed: " + error.message());
  if (Status written = writer_.Write(); !written.ok()) return Failed(written);
  memory_->not_before_ms = tools_.clock->SteadyMs() + wait_ms;
  return Outcome{false, wait_ms, {}};
}

Outcome Visit::Refuse(std::string_view condition, std::string_view reason, std::string message) {
  writer_.Set(condition, "False", reason, message);
  if (condition != api::kAccepted && status().Find(api::kAccepted) == nullptr) {
    writer_.Set(api::kAccepted, "True", "Accepted", "the spec is valid");
  }
  // What was planned is not going to happen.
  for (const reset::BrokerRow& broker : table().brokers) {
    reset::MoveQueues(&table(), broker.name, reset::QueueState::kPlanned,
                      reset::QueueState::kNotAttempted, reason, {});
  }
  return Finish({false, "Failed", std::string(reason), std::move(message)});
}

Outcome Visit::Finish(const Verdict& verdict) {
  for (std::string_view type : kOpenConditions) {
    if (status().IsTrue(type) || status().IsFalse(type)) continue;
    writer_.Set(type, "False", verdict.reason, {});
  }
  writer_.Set(api::kComplete, verdict.complete ? "True" : "False", verdict.reason, verdict.message);
  writer_.Set(api::kFailed, verdict.complete ? "False" : "True", verdict.reason, verdict.message);
  writer_.Set(api::kFinished, "True", verdict.reason, verdict.message);
  status().phase = verdict.phase;
  status().completion_time_ms = tools_.clock->WallMs();
  if (!status().start_time_ms.has_value()) {
    status().start_time_ms = status().completion_time_ms;
  }
  if (Status written = writer_.Write(); !written.ok()) return Failed(written);
  writer_.Event(!verdict.complete, verdict.complete ? "OffsetResetCompleted" : "OffsetResetFailed",
                verdict.reason + ": " + verdict.message);
  tools_.lock->Release(writer_.object().key);
  return Outcome{true, 0, {}};
}

Outcome Visit::Failed(const Status& error) const {
  // Nobody is left to tell.
  if (error.code() == ErrorCode::kNotFound) return Outcome{true, 0, {}};
  return Outcome{false, 0, error};
}

std::string Visit::NameServers() const {
  std::string text;
  for (const std::string& server : spec_.name_servers) {
    text += (text.empty() ? "" : ", ") + server;
  }
  return text;
}

}  // namespace rewindmq::reconcile
