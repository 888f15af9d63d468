#include "reset/request_json.h"

#include <array>
#include <limits>
#include <utility>

namespace rewindmq::reset {
namespace {

constexpr std::array<std::string_view, 5> kTargetKinds = {"Time", "Earliest", "Latest", "Offsets",
                                                          "RestoreFrom"};
constexpr std::array<std::string_view, 3> kDirections = {"RewindOnly", "SkipOnly", "Any"};
constexpr std::array<std::string_view, 3> kMethods = {"Auto", "NotifyClients", "BrokerSide"};
constexpr std::array<std::string_view, 2> kVerifyBys = {"Committed", "Clients"};
constexpr size_t kNoLimit = std::numeric_limits<size_t>::max();

template <typename Enum, size_t kSize>
Result<Enum> FromName(const std::array<std::string_view, kSize>& names, std::string_view what,
                      std::string_view name) {
  std::string allowed;
  for (size_t i = 0; i < kSize; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
    allowed.append(i == 0 ? "" : ", ").append(names[i]);
  }
  return Status(ErrorCode::kInvalidArgument,
                std::string(what) + " is '" + std::string(name) + "'; use one of " + allowed);
}

template <typename Enum, size_t kSize>
Status ReadName(const Json& json, const char* field, const std::array<std::string_view, kSize>& of,
                Enum* out) {
  std::string name;
  REWIND_TRY(ReadField(json, field, &name));
  if (name.empty()) return Status::Ok();
  REWIND_TRY_ASSIGN(*out, FromName<Enum>(of, "`" + std::string(field) + "`", name));
  return Status::Ok();
}

Status ReadFlag(const Json& json, const char* field, bool* out) {
  const Json* found = FindField(json, field);
  if (found == nullptr) return Status::Ok();
  if (!found->is_boolean()) {
    return {ErrorCode::kInvalidArgument, "`" + std::string(field) + "` must be true or false"};
  }
  *out = found->get<bool>();
  return Status::Ok();
}

Result<QueueName> ReadQueueName(const Json& json) {
  QueueName name;
  REWIND_TRY(ReadField(json, "topic", &name.topic));
  REWIND_TRY(ReadField(json, "brokerName", &name.broker_name));
  REWIND_TRY(ReadField(json, "queueId", &name.queue_id));
  return name;
}

const Json& ListOrEmpty(const Json& json, const char* field) {
  static const Json kEmpty = Json::array();
  const Json* found = FindField(json, field);
  return found != nullptr && found->is_array() ? *found : kEmpty;
}

Json TargetToJson(const Target& target) {
  Json json = Json::object();
  json["kind"] = Name(target.kind);
  if (target.kind == TargetKind::kTime) json["timeMillis"] = target.time_ms;
  if (!target.ByOffsets()) return json;
  json["offsets"] = Json::array();
  for (const auto& [name, offset] : target.offsets) {
    Json entry = Json::object();
    entry["topic"] = name.topic;
    entry["brokerName"] = name.broker_name;
    entry["queueId"] = name.queue_id;
    entry["offset"] = offset;
    json["offsets"].push_back(std::move(entry));
  }
  return json;
}

Status TargetFromJson(const Json& json, Target* target) {
  REWIND_TRY(ReadName(json, "kind", kTargetKinds, &target->kind));
  REWIND_TRY(ReadField(json, "timeMillis", &target->time_ms));
  for (const Json& entry : ListOrEmpty(json, "offsets")) {
    REWIND_TRY_ASSIGN(QueueName name, ReadQueueName(entry));
    REWIND_TRY(ReadField(entry, "offset", &target->offsets[name]));
  }
  return Status::Ok();
}

Json ScopeToJson(const Scope& scope) {
  Json json = Json::object();
  if (!scope.broker_names.empty()) json["brokerNames"] = scope.broker_names;
  if (scope.queues.empty()) return json;
  json["queues"] = Json::array();
  for (const ScopedQueue& queue : scope.queues) {
    Json entry = Json::object();
    entry["brokerName"] = queue.broker_name;
    entry["queueId"] = queue.queue_id;
    json["queues"].push_back(std::move(entry));
  }
  return json;
}

Status ScopeFromJson(const Json& json, Scope* scope) {
  for (const Json& name : ListOrEmpty(json, "brokerNames")) {
    if (!name.is_string()) {
      return {ErrorCode::kInvalidArgument, "`scope.brokerNames` must hold texts"};
    }
    scope->broker_names.push_back(name.get<std::string>());
  }
  for (const Json& entry : ListOrEmpty(json, "queues")) {
    REWIND_TRY_ASSIGN(QueueName name, ReadQueueName(entry));
    scope->queues.push_back({name.broker_name, name.queue_id});
  }
  return Status::Ok();
}

Json ReplayToJson(const Replay& replay) {
  Json json = Json::object();
  json["untilMillis"] = replay.until_ms;
  WriteText(&json, "tag", replay.tag, kNoLimit);
  WriteText(&json, "sql", replay.sql, kNoLimit);
  json["messagesPerSecond"] = replay.messages_per_second;
  json["paused"] = replay.paused;
  return json;
}

Status ReplayFromJson(const Json& json, Replay* replay) {
  REWIND_TRY(ReadField(json, "untilMillis", &replay->until_ms));
  REWIND_TRY(ReadField(json, "tag", &replay->tag));
  REWIND_TRY(ReadField(json, "sql", &replay->sql));
  REWIND_TRY(ReadField(json, "messagesPerSecond", &replay->messages_per_second));
  return ReadFlag(json, "paused", &replay->paused);
}

}  // namespace

std::string_view Name(TargetKind kind) { return kTargetKinds[static_cast<size_t>(kind)]; }
std::string_view Name(Direction direction) { return kDirections[static_cast<size_t>(direction)]; }
std::string_view Name(Method method) { return kMethods[static_cast<size_t>(method)]; }
Result<Direction> DirectionFromName(std::string_view name) {
  return FromName<Direction>(kDirections, "the direction", name);
}
Result<Method> MethodFromName(std::string_view name) {
  return FromName<Method>(kMethods, "the method", name);
}
Result<VerifyBy> VerifyByFromName(std::string_view name) {
  return FromName<VerifyBy>(kVerifyBys, "the verification", name);
}

Json RequestToJson(const Request& request) {
  Json json = Json::object();
  json["operationId"] = request.operation_id;
  json["topic"] = request.topic;
  json["consumerGroup"] = request.group;
  json["target"] = TargetToJson(request.target);
  json["direction"] = Name(request.direction);
  json["method"] = Name(request.method);
  json["scope"] = ScopeToJson(request.scope);
  WriteField(&json, "maxReplayMessages", request.limits.max_replay_messages);
  WriteField(&json, "maxSkipMessages", request.limits.max_skip_messages);
  json["includeRetryTopic"] = request.include_retry_topic;
  if (request.replay.has_value()) json["replay"] = ReplayToJson(*request.replay);
  json["verify"] = kVerifyBys[static_cast<size_t>(request.verify_by)];
  return json;
}

Result<Request> RequestFromJson(const Json& json) {
  Request request;
  REWIND_TRY(ReadField(json, "operationId", &request.operation_id));
  REWIND_TRY(ReadField(json, "topic", &request.topic));
  REWIND_TRY(ReadField(json, "consumerGroup", &request.group));
  REWIND_TRY(TargetFromJson(FieldOrEmpty(json, "target"), &request.target));
  REWIND_TRY(ReadName(json, "direction", kDirections, &request.direction));
  REWIND_TRY(ReadName(json, "method", kMethods, &request.method));
  REWIND_TRY(ScopeFromJson(FieldOrEmpty(json, "scope"), &request.scope));
  REWIND_TRY(ReadField(json, "maxReplayMessages", &request.limits.max_replay_messages));
  REWIND_TRY(ReadField(json, "maxSkipMessages", &request.limits.max_skip_messages));
  REWIND_TRY(ReadFlag(json, "includeRetryTopic", &request.include_retry_topic));
  if (const Json* replay = FindField(json, "replay"); replay != nullptr) {
    request.replay.emplace();
    REWIND_TRY(ReplayFromJson(*replay, &*request.replay));
  }
  REWIND_TRY(ReadName(json, "verify", kVerifyBys, &request.verify_by));
  if (request.topic.empty() || request.group.empty()) {
    return Status(ErrorCode::kInvalidArgument, "`topic` and `consumerGroup` must be set");
  }
  return request;
}

}  // namespace rewindmq::reset
