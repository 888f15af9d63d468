#include "reset/table_json.h"

#include <utility>

namespace rewindmq::reset {
namespace {

// The schema's lengths.
constexpr size_t kMaxRemarkBytes = 1024;
constexpr size_t kMaxQueueMessageBytes = 256;
constexpr size_t kMaxShortTextBytes = 64;
constexpr size_t kMaxNameBytes = 127;
constexpr size_t kMaxTopicBytes = 255;
constexpr size_t kMaxAddressBytes = 260;
constexpr std::string_view kBroadcasting = "Broadcasting";

Json ReplayToJson(const ReplayProgress& replay) {
  Json json = Json::object();
  json["beginOffset"] = replay.begin_offset;
  json["endOffset"] = replay.end_offset;
  json["nextOffset"] = replay.next_offset;
  json["delivered"] = replay.delivered;
  json["filtered"] = replay.filtered;
  json["missing"] = replay.missing;
  json["repeated"] = replay.repeated;
  return json;
}

Result<ReplayProgress> ReplayFromJson(const Json& json) {
  ReplayProgress replay;
  REWIND_TRY(ReadField(json, "beginOffset", &replay.begin_offset));
  REWIND_TRY(ReadField(json, "endOffset", &replay.end_offset));
  REWIND_TRY(ReadField(json, "nextOffset", &replay.next_offset));
  REWIND_TRY(ReadField(json, "delivered", &replay.delivered));
  REWIND_TRY(ReadField(json, "filtered", &replay.filtered));
  REWIND_TRY(ReadField(json, "missing", &replay.missing));
  REWIND_TRY(ReadField(json, "repeated", &replay.repeated));
  return replay;
}

}  // namespace

Json BrokerToJson(const BrokerRow& row) {
  Json json = Json::object();
  json["name"] = row.name;
  WriteText(&json, "address", row.address, kMaxAddressBytes);
  json["state"] = Name(row.state);
  if (row.kind.has_value()) json["kind"] = Name(*row.kind);
  if (row.broadcasting) json["messageModel"] = kBroadcasting;
  WriteText(&json, "reason", row.reason, kMaxShortTextBytes);
  WriteText(&json, "method", row.method, kMaxShortTextBytes);
  WriteField(&json, "responseCode", row.response_code);
  WriteText(&json, "remark", row.remark, kMaxRemarkBytes);
  json["attempts"] = row.attempts;
  WriteTime(&json, "attemptTime", row.attempt_time_ms);
  WriteField(&json, "clientsOnline", row.clients_online);
  WriteField(&json, "clientsConfirmed", row.clients_confirmed);
  return json;
}

Result<BrokerRow> BrokerFromJson(const Json& json) {
  BrokerRow row;
  std::string state;
  std::string kind;
  std::string model;
  REWIND_TRY(ReadField(json, "name", &row.name));
  REWIND_TRY(ReadField(json, "address", &row.address));
  REWIND_TRY(ReadField(json, "state", &state));
  REWIND_TRY(ReadField(json, "kind", &kind));
  REWIND_TRY(ReadField(json, "messageModel", &model));
  REWIND_TRY(ReadField(json, "method", &row.method));
  REWIND_TRY(ReadField(json, "reason", &row.reason));
  REWIND_TRY(ReadField(json, "responseCode", &row.response_code));
  REWIND_TRY(ReadField(json, "remark", &row.remark));
  REWIND_TRY(ReadField(json, "attempts", &row.attempts));
  REWIND_TRY(ReadTime(json, "attemptTime", &row.attempt_time_ms));
  REWIND_TRY(ReadField(json, "clientsOnline", &row.clients_online));
  REWIND_TRY(ReadField(json, "clientsConfirmed", &row.clients_confirmed));
  row.kind = BrokerKindFromName(kind);
  row.broadcasting = model == kBroadcasting;
  auto known = BrokerStateFromName(state);
  if (!known.has_value()) {
    return Status(ErrorCode::kInvalidArgument, "`brokers.state` is '" + state + "'");
  }
  row.state = *known;
  return row;
}

Json QueueToJson(const QueueRow& row) {
  Json json = Json::object();
  WriteText(&json, "brokerName", row.broker_name, kMaxNameBytes);
  json["queueId"] = row.queue_id;
  WriteField(&json, "minOffset", row.min_offset);
  WriteField(&json, "maxOffset", row.max_offset);
  WriteField(&json, "beforeOffset", row.before_offset);
  WriteField(&json, "targetOffset", row.target_offset);
  WriteField(&json, "reportedOffset", row.reported_offset);
  WriteField(&json, "afterOffset", row.after_offset);
  WriteField(&json, "lagBefore", row.LagBefore());
  WriteField(&json, "lagAfter", row.LagAfter());
  json["state"] = Name(row.state);
  WriteText(&json, "reason", row.reason, kMaxShortTextBytes);
  WriteText(&json, "message", row.message, kMaxQueueMessageBytes);
  WriteText(&json, "topic", row.topic, kMaxTopicBytes);
  if (row.replay.has_value()) json["replay"] = ReplayToJson(*row.replay);
  return json;
}

Result<QueueRow> QueueFromJson(const Json& json) {
  QueueRow row;
  std::string state;
  REWIND_TRY(ReadField(json, "topic", &row.topic));
  REWIND_TRY(ReadField(json, "brokerName", &row.broker_name));
  REWIND_TRY(ReadField(json, "queueId", &row.queue_id));
  REWIND_TRY(ReadField(json, "state", &state));
  REWIND_TRY(ReadField(json, "reason", &row.reason));
  REWIND_TRY(ReadField(json, "minOffset", &row.min_offset));
  REWIND_TRY(ReadField(json, "maxOffset", &row.max_offset));
  REWIND_TRY(ReadField(json, "beforeOffset", &row.before_offset));
  REWIND_TRY(ReadField(json, "targetOffset", &row.target_offset));
  REWIND_TRY(ReadField(json, "reportedOffset", &row.reported_offset));
  REWIND_TRY(ReadField(json, "afterOffset", &row.after_offset));
  REWIND_TRY(ReadField(json, "message", &row.message));
  if (const Json* replay = FindField(json, "replay"); replay != nullptr) {
    REWIND_TRY_ASSIGN(row.replay, ReplayFromJson(*replay));
  }
  auto known = QueueStateFromName(state);
  if (!known.has_value()) {
    return Status(ErrorCode::kInvalidArgument, "`queues.state` is '" + state + "'");
  }
  row.state = *known;
  return row;
}

void TableToJson(const Table& table, Json* object) {
  WriteList(object, "brokers", BrokerToJson, table.brokers);
  WriteList(object, "queues", QueueToJson, table.queues);
}

Result<Table> TableFromJson(const Json& object) {
  Table table;
  REWIND_TRY(ReadList(object, "brokers", BrokerFromJson, &table.brokers));
  REWIND_TRY(ReadList(object, "queues", QueueFromJson, &table.queues));
  return table;
}

}  // namespace rewindmq::reset
