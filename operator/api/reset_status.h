#pragma once
// The status of an OffsetReset: conditions, the pinned target, the plan, and one row for every
// broker and every queue. Written by the reconciler only. Thread safety: plain values.

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "reset/request.h"
#include "reset/table.h"

namespace rewindmq::api {

// Condition types, in the order in which they are reached and written.
inline constexpr std::string_view kAccepted = "Accepted";
inline constexpr std::string_view kPlanned = "Planned";
inline constexpr std::string_view kApproved = "Approved";
inline constexpr std::string_view kApplied = "Applied";
inline constexpr std::string_view kVerified = "Verified";
inline constexpr std::string_view kComplete = "Complete";
inline constexpr std::string_view kFailed = "Failed";
// True at either end, so that one `kubectl wait` ends whatever happens.
inline constexpr std::string_view kFinished = "Finished";

struct Condition {
  std::string type;
  std::string status;  // "True", "False" or "Unknown"
  std::string reason;
  std::string message;
  int64_t last_transition_ms = 0;
  int64_t observed_generation = 0;
};

struct TargetStatus {
  std::string summary;
  std::optional<int64_t> resolved_time_ms;
  std::optional<int64_t> timestamp_ms;  // what code 222 carries; never changes once set
  // Of what `restoreFrom` names, copied once: its uid, and the offsets.
  std::string restored_from;
  std::map<reset::QueueName, int64_t> offsets;
};

struct PlanStatus {
  std::string hash;
  int64_t plan_time_ms = 0;
  int64_t messages_to_replay = 0;
  int64_t messages_to_skip = 0;
};

// How far a replay is, over all brokers.
struct ReplaySummary {
  std::string state;  // of protocol::ReplayState
  int64_t delivered = 0;
  int64_t filtered = 0;
  int64_t missing = 0;
  int64_t repeated = 0;
  int64_t unconsumed = 0;

  bool operator==(const ReplaySummary&) const = default;
};

struct ResetStatus {
  int64_t observed_generation = 0;
  std::string phase;
  std::string operation_id;
  std::string progress;  // "12/16"
  std::string results_config_map_name;
  std::optional<int64_t> start_time_ms;
  std::optional<int64_t> completion_time_ms;
  int32_t attempts = 0;
  int32_t queues_total = 0;
  int32_t queues_applied = 0;
  int32_t queues_unchanged = 0;
  int32_t queues_failed = 0;
  int32_t queues_unknown = 0;
  std::optional<int64_t> lag_before;
  std::optional<int64_t> lag_after;
  std::optional<TargetStatus> target;
  std::optional<PlanStatus> plan;
  std::optional<ReplaySummary> replay;
  std::vector<Condition> conditions;
  reset::Table table;  // brokers[] and queues[]

  // Null when the condition was never written.
  const Condition* Find(std::string_view type) const;
  bool IsTrue(std::string_view type) const;
  bool IsFalse(std::string_view type) const;
  // Keeps the transition time when the condition's status stays what it was.
  void SetCondition(std::string_view type, std::string_view condition_status,
                    std::string_view reason, std::string message, int64_t now_ms,
                    int64_t generation);
};

// A status without conditions reads as empty; kInvalidArgument names a field of the wrong type.
Result<ResetStatus> StatusFromJson(const nlohmann::ordered_json& json);
// Writes into `json`, so that unknown fields of an existing status survive.
void StatusToJson(const ResetStatus& status, nlohmann::ordered_json* json);

}  // namespace rewindmq::api
