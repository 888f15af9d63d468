#include "operator/reconcile/visit.h"

#include <algorithm>
#include <utility>

#include "operator/reconcile/reasons.h"
#include "reset/table_json.h"
#include "reset/table_text.h"

namespace rewindmq::reconcile {
namespace {

using namespace std::string_view_literals;

constexpr int64_t kFirstBackoffMs = 500;
constexpr int64_t kMaxBackoffMs = 10'000;
constexpr int64_t kLockPollMs = 1000;

int64_t BackoffMs(int32_t attempts) {
  const int32_t doublings = std::min(attempts - 1, 10);
  return std::min(kMaxBackoffMs, kFirstBackoffMs << doublings);
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
  UsePinnedTarget();
  admin_ = (*tools_.admin_factory)(spec_.name_servers, spec_.request_timeout_ms);
  if (Step step = HasBegun() ? TakeLock() : Prepare()) return *step;
  if (Step step = Act()) return *step;
  if (spec_.request.replay.has_value()) {
    if (Step step = FollowReplay()) return *step;
  } else {
    if (Step step = Verify()) return *step;
  }
  return Finish(JudgeTable(table()));
}

Visit::Step Visit::Accept() {
  const api::OffsetReset& object = writer_.object();
  Result<api::AcceptedSpec> spec = api::ParseSpec(object.spec(), object.key.ns);
  if (spec.ok()) {
    spec_ = std::move(spec).value();
    // Begun, or nobody would visit it.
    spec_.cancel = spec_.cancel || object.deleting;
    return std::nullopt;
  }
  // The API server keeps a plan's spec from changing; a folder of manifests does not.
  status().plan.reset();
  const bool unserved = spec.status().code() == ErrorCode::kUnsupported;
  return Refuse(api::kAccepted, unserved ? reason::kNotSupportedYet : reason::kInvalidManifest,
                spec.status().message());
}

Visit::Step Visit::Pace() {
  // An event about our own write must not shorten a back-off; a cancellation may, and so may a
  // deletion and what is to be changed of a replay: all of them count the generation up.
  const int64_t wait_ms = memory_->not_before_ms - tools_.clock->SteadyMs();
  const bool edited = status().observed_generation != writer_.object().generation;
  if (wait_ms <= 0 || edited) return std::nullopt;
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
  // What was approved has its plan already.
  const std::string_view type = status().plan.has_value() ? api::kApplied : api::kPlanned;
  const api::Condition* told = status().Find(type);
  if (status().phase != "Queued" || told == nullptr || told->message != message) {
    const bool first = status().phase != "Queued";
    status().phase = "Queued";
    writer_.Set(type, "Unknown", reset::reason::kConcurrentReset, message);
    if (Status written = writer_.Write(); !written.ok()) return Failed(written);
    if (first) writer_.Event(false, "OffsetResetQueued", message);
  }
  return Outcome{false, kLockPollMs, {}};
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
    writer_.Set(type, "False", verdict.reason, "not reached");
  }
  writer_.Set(api::kComplete, verdict.complete ? "True" : "False", verdict.reason, verdict.message);
  writer_.Set(api::kFailed, verdict.complete ? "False" : "True", verdict.reason, verdict.message);
  writer_.Set(api::kFinished, "True", verdict.reason, verdict.message);
  status().phase = verdict.phase;
  status().completion_time_ms = tools_.clock->WallMs();
  if (!status().start_time_ms.has_value()) {
    status().start_time_ms = status().completion_time_ms;
  }
  // People read from the top, and the rest of a long table is often cut off.
  std::stable_partition(table().queues.begin(), table().queues.end(), [](const auto& row) {
    return row.state == reset::QueueState::kFailed || row.state == reset::QueueState::kUnknown;
  });
  WriteResults();
  if (Status written = writer_.Write(); !written.ok()) return Failed(written);
  const bool cancelled = verdict.phase == "Cancelled";
  writer_.Event(!verdict.complete && !cancelled,
                verdict.complete ? "OffsetResetCompleted"
                : cancelled      ? "OffsetResetCancelled"
                                 : "OffsetResetFailed",
                verdict.reason + ": " + verdict.message);
  tools_.lock->Release(writer_.object().key);
  return Outcome{true, 0, {}};
}

void Visit::WriteResults() {
  if (table().queues.empty()) return;
  reset::Json rows = reset::Json::object();
  reset::TableToJson(table(), &rows);
  const bool planned = !HasBegun();
  Result<std::string> name = tools_.store->WriteResults(
      writer_.object(), {{"table.txt", planned ? reset::PlanText(spec_.request, table())
                                               : reset::OutcomeText(spec_.request, table())},
                         {"results.csv", reset::TableCsv(table())},
                         {"results.json", rows.dump(2) + "\n"}});
  if (name.ok()) {
    status().results_config_map_name = *name;
    return;
  }
  const ErrorCode code = name.status().code();
  // Where people do not want it, the operator has no right to it.
  if (code == ErrorCode::kUnsupported || code == ErrorCode::kPermissionDenied) return;
  writer_.Event(true, "ResultsNotWritten", name.status().message());
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
