#include "operator/api/reset_status.h"

#include <utility>

#include "operator/api/json_fields.h"
#include "reset/table_json.h"

namespace rewindmq::api {
namespace {

// The schema's lengths.
constexpr size_t kMaxConditionMessageBytes = 32768;
constexpr size_t kMaxShortTextBytes = 64;
constexpr size_t kMaxNameBytes = 253;
constexpr size_t kMaxPhaseBytes = 32;
constexpr size_t kMaxProgressBytes = 24;

Result<Condition> ConditionFromJson(const Json& json) {
  Condition condition;
  REWIND_TRY(ReadField(json, "type", &condition.type));
  REWIND_TRY(ReadField(json, "status", &condition.status));
  REWIND_TRY(ReadField(json, "reason", &condition.reason));
  REWIND_TRY(ReadField(json, "message", &condition.message));
  REWIND_TRY(ReadTime(json, "lastTransitionTime", &condition.last_transition_ms));
  REWIND_TRY(ReadField(json, "observedGeneration", &condition.observed_generation));
  return condition;
}

Json ConditionToJson(const Condition& condition) {
  Json json = Json::object();
  json["type"] = condition.type;
  json["status"] = condition.status;
  json["observedGeneration"] = condition.observed_generation;
  WriteTime(&json, "lastTransitionTime", condition.last_transition_ms);
  json["reason"] = condition.reason;
  json["message"] = "";  // required, even when empty
  if (!condition.message.empty()) {
    WriteText(&json, "message", condition.message, kMaxConditionMessageBytes);
  }
  return json;
}

Status ReadOffsets(const Json& target, std::map<reset::QueueName, int64_t>* out) {
  const Json* list = FindField(target, "offsets");
  if (list == nullptr) return Status::Ok();
  if (!list->is_array()) {
    return {ErrorCode::kInvalidArgument, "`status.target.offsets` must be a list"};
  }
  for (const Json& row : *list) {
    reset::QueueName queue;
    int64_t offset = 0;
    REWIND_TRY(ReadField(row, "topic", &queue.topic));
    REWIND_TRY(ReadField(row, "brokerName", &queue.broker_name));
    REWIND_TRY(ReadField(row, "queueId", &queue.queue_id));
    REWIND_TRY(ReadField(row, "offset", &offset));
    (*out)[queue] = offset;
  }
  return Status::Ok();
}

void WriteOffsets(const std::map<reset::QueueName, int64_t>& offsets, Json* target) {
  target->erase("offsets");
  if (offsets.empty()) return;
  Json list = Json::array();
  for (const auto& [queue, offset] : offsets) {
    list.push_back({{"topic", queue.topic},
                    {"brokerName", queue.broker_name},
                    {"queueId", queue.queue_id},
                    {"offset", offset}});
  }
  (*target)["offsets"] = std::move(list);
}

Status ReadReplay(const Json& json, std::optional<ReplaySummary>* out) {
  const Json* replay = FindField(json, "replay");
  if (replay == nullptr) return Status::Ok();
  ReplaySummary summary;
  REWIND_TRY(ReadField(*replay, "state", &summary.state));
  REWIND_TRY(ReadField(*replay, "delivered", &summary.delivered));
  REWIND_TRY(ReadField(*replay, "filtered", &summary.filtered));
  REWIND_TRY(ReadField(*replay, "missing", &summary.missing));
  REWIND_TRY(ReadField(*replay, "repeated", &summary.repeated));
  REWIND_TRY(ReadField(*replay, "unconsumed", &summary.unconsumed));
  *out = std::move(summary);
  return Status::Ok();
}

void WriteReplay(const std::optional<ReplaySummary>& summary, Json* json) {
  if (!summary.has_value()) {
    json->erase("replay");
    return;
  }
  Json& replay = (*json)["replay"];
  if (!replay.is_object()) replay = Json::object();
  WriteText(&replay, "state", summary->state, kMaxPhaseBytes);
  replay["delivered"] = summary->delivered;
  replay["filtered"] = summary->filtered;
  replay["missing"] = summary->missing;
  replay["repeated"] = summary->repeated;
  replay["unconsumed"] = summary->unconsumed;
}

Status ReadTargetAndPlan(const Json& json, ResetStatus* status) {
  if (const Json* target = FindField(json, "target"); target != nullptr) {
    status->target.emplace();
    REWIND_TRY(ReadField(*target, "summary", &status->target->summary));
    REWIND_TRY(ReadTime(*target, "resolvedTime", &status->target->resolved_time_ms));
    REWIND_TRY(ReadField(*target, "timestampMillis", &status->target->timestamp_ms));
    REWIND_TRY(ReadField(*target, "restoredFrom", &status->target->restored_from));
    REWIND_TRY(ReadOffsets(*target, &status->target->offsets));
  }
  if (const Json* plan = FindField(json, "plan"); plan != nullptr) {
    status->plan.emplace();
    REWIND_TRY(ReadField(*plan, "hash", &status->plan->hash));
    REWIND_TRY(ReadTime(*plan, "planTime", &status->plan->plan_time_ms));
    REWIND_TRY(ReadField(*plan, "messagesToReplay", &status->plan->messages_to_replay));
    REWIND_TRY(ReadField(*plan, "messagesToSkip", &status->plan->messages_to_skip));
  }
  return Status::Ok();
}

void WriteTargetAndPlan(const ResetStatus& status, Json* json) {
  if (status.target.has_value()) {
    Json& target = (*json)["target"];
    if (!target.is_object()) target = Json::object();
    WriteText(&target, "summary", status.target->summary, kMaxShortTextBytes);
    WriteTime(&target, "resolvedTime", status.target->resolved_time_ms);
    WriteField(&target, "timestampMillis", status.target->timestamp_ms);
    WriteText(&target, "restoredFrom", status.target->restored_from, kMaxShortTextBytes);
    WriteOffsets(status.target->offsets, &target);
  }
  if (!status.plan.has_value()) {
    json->erase("plan");
    return;
  }
  Json& plan = (*json)["plan"];
  if (!plan.is_object()) plan = Json::object();
  WriteText(&plan, "hash", status.plan->hash, kMaxShortTextBytes);
  WriteTime(&plan, "planTime", status.plan->plan_time_ms);
  plan["messagesToReplay"] = status.plan->messages_to_replay;
  plan["messagesToSkip"] = status.plan->messages_to_skip;
}

}  // namespace

const Condition* ResetStatus::Find(std::string_view type) const {
  for (const Condition& condition : conditions) {
    if (condition.type == type) return &condition;
  }
  return nullptr;
}

bool ResetStatus::IsTrue(std::string_view type) const {
  const Condition* condition = Find(type);
  return condition != nullptr && condition->status == "True";
}

bool ResetStatus::IsFalse(std::string_view type) const {
  const Condition* condition = Find(type);
  return condition != nullptr && condition->status == "False";
}

void ResetStatus::SetCondition(std::string_view type, std::string_view condition_status,
                               std::string_view reason, std::string message, int64_t now_ms,
                               int64_t generation) {
  auto* condition = const_cast<Condition*>(Find(type));
  if (condition == nullptr) {
    condition = &conditions.emplace_back();
    condition->type = type;
  }
  if (condition->status != condition_status) condition->last_transition_ms = now_ms;
  condition->status = condition_status;
  condition->reason = reason;
  condition->message = std::move(message);
  condition->observed_generation = generation;
}

Result<ResetStatus> StatusFromJson(const Json& json) {
  ResetStatus status;
  REWIND_TRY(ReadField(json, "observedGeneration", &status.observed_generation));
  REWIND_TRY(ReadField(json, "phase", &status.phase));
  REWIND_TRY(ReadField(json, "operationId", &status.operation_id));
  REWIND_TRY(ReadField(json, "resultsConfigMapName", &status.results_config_map_name));
  REWIND_TRY(ReadField(json, "progress", &status.progress));
  REWIND_TRY(ReadTime(json, "startTime", &status.start_time_ms));
  REWIND_TRY(ReadTime(json, "completionTime", &status.completion_time_ms));
  REWIND_TRY(ReadField(json, "attempts", &status.attempts));
  REWIND_TRY(ReadField(json, "queuesTotal", &status.queues_total));
  REWIND_TRY(ReadField(json, "queuesApplied", &status.queues_applied));
  REWIND_TRY(ReadField(json, "queuesUnchanged", &status.queues_unchanged));
  REWIND_TRY(ReadField(json, "queuesFailed", &status.queues_failed));
  REWIND_TRY(ReadField(json, "queuesUnknown", &status.queues_unknown));
  REWIND_TRY(ReadField(json, "lagBefore", &status.lag_before));
  REWIND_TRY(ReadField(json, "lagAfter", &status.lag_after));
  REWIND_TRY(ReadTargetAndPlan(json, &status));
  REWIND_TRY(ReadReplay(json, &status.replay));
  REWIND_TRY(ReadList(json, "conditions", ConditionFromJson, &status.conditions));
  REWIND_TRY_ASSIGN(status.table, reset::TableFromJson(json));
  return status;
}

void StatusToJson(const ResetStatus& status, Json* json) {
  if (!json->is_object()) *json = Json::object();
  (*json)["observedGeneration"] = status.observed_generation;
  WriteText(json, "phase", status.phase, kMaxPhaseBytes);
  WriteText(json, "operationId", status.operation_id, kMaxShortTextBytes);
  WriteText(json, "resultsConfigMapName", status.results_config_map_name, kMaxNameBytes);
  WriteText(json, "progress", status.progress, kMaxProgressBytes);
  WriteTime(json, "startTime", status.start_time_ms);
  WriteTime(json, "completionTime", status.completion_time_ms);
  (*json)["attempts"] = status.attempts;
  WriteTargetAndPlan(status, json);
  WriteReplay(status.replay, json);
  (*json)["queuesTotal"] = status.queues_total;
  (*json)["queuesApplied"] = status.queues_applied;
  (*json)["queuesUnchanged"] = status.queues_unchanged;
  (*json)["queuesFailed"] = status.queues_failed;
  (*json)["queuesUnknown"] = status.queues_unknown;
  WriteField(json, "lagBefore", status.lag_before);
  WriteField(json, "lagAfter", status.lag_after);
  // The long lists come last, below what people look for first.
  for (const char* list : {"conditions", "brokers", "queues"}) json->erase(list);
  WriteList(json, "conditions", ConditionToJson, status.conditions);
  reset::TableToJson(status.table, json);
}

}  // namespace rewindmq::api
