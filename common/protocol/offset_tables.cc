#include "common/protocol/offset_tables.h"

#include "common/protocol/java_json.h"
#include "common/protocol/json_writer.h"

namespace rewindmq::protocol {
namespace {

using nlohmann::json;

Status ReadOffsetMap(const json& table, ResetOffsetBody* offsets) {
  JsonMembers members(table);
  for (const auto& item : table.items()) {
    REWIND_TRY_ASSIGN(MessageQueue queue, MessageQueueFromKey(item.key()));
    (*offsets)[std::move(queue)] = members.Int64(item.key().c_str());
  }
  return members.status();
}

Status ReadOffsetList(const json& list, ResetOffsetBody* offsets) {
  for (const json& item : list) {
    REWIND_TRY_ASSIGN(MessageQueue queue, MessageQueueFromJson(item));
    JsonMembers members(item);
    (*offsets)[std::move(queue)] = members.Int64("offset");
    REWIND_TRY(members.status());
  }
  return Status::Ok();
}

}  // namespace

std::string EncodeResetOffsetBody(const ResetOffsetBody& offsets) {
  JsonWriter writer;
  writer.BeginObject();
  writer.Key("offsetTable");
  writer.BeginObject();
  for (const auto& [queue, offset] : offsets) {
    writer.BareKey(queue.ToJsonKey());
    writer.Int(offset);
  }
  writer.EndObject();
  writer.EndObject();
  return writer.Take();
}

std::string EncodeResetOffsetBodyForC(const ResetOffsetBody& offsets) {
  JsonWriter writer;
  writer.BeginObject();
  writer.Key("offsetTable");
  writer.BeginArray();
  for (const auto& [queue, offset] : offsets) {
    writer.BeginObject();
    writer.Member("brokerName", queue.broker_name);
    writer.Member("offset", offset);
    writer.Member("queueId", queue.queue_id);
    writer.Member("topic", queue.topic);
    writer.EndObject();
  }
  writer.EndArray();
  writer.EndObject();
  return writer.Take();
}

Result<ResetOffsetBody> DecodeResetOffsetBody(std::string_view text) {
  REWIND_TRY_ASSIGN(json object, ParseJavaObject(text));
  JsonMembers members(object);
  ResetOffsetBody offsets;
  const json* table = members.Any("offsetTable");
  if (table == nullptr) return offsets;
  if (table->is_array()) {
    REWIND_TRY(ReadOffsetList(*table, &offsets));
  } else if (table->is_object()) {
    REWIND_TRY(ReadOffsetMap(*table, &offsets));
  } else {
    return Status(ErrorCode::kCorruption, "offsetTable is neither a map nor a list");
  }
  return offsets;
}

std::string EncodeConsumeStats(const ConsumeStats& stats) {
  JsonWriter writer;
  writer.BeginObject();
  writer.Member("consumeTps", stats.consume_tps);
  writer.Key("offsetTable");
  writer.BeginObject();
  for (const auto& [queue, offset] : stats.offset_table) {
    writer.BareKey(queue.ToJsonKey());
    writer.BeginObject();
    writer.Member("brokerOffset", offset.broker_offset);
    writer.Member("consumerOffset", offset.consumer_offset);
    writer.Member("lastTimestamp", offset.last_timestamp_ms);
    writer.Member("pullOffset", offset.pull_offset);
    writer.EndObject();
  }
  writer.EndObject();
  writer.EndObject();
  return writer.Take();
}

Result<ConsumeStats> DecodeConsumeStats(std::string_view text) {
  REWIND_TRY_ASSIGN(json object, ParseJavaObject(text));
  JsonMembers members(object);
  ConsumeStats stats;
  // Null when a 4.2.0 broker divided zero by zero.
  stats.consume_tps = members.Double("consumeTps");
  if (const json* table = members.Object("offsetTable")) {
    for (const auto& item : table->items()) {
      REWIND_TRY_ASSIGN(MessageQueue queue, MessageQueueFromKey(item.key()));
      JsonMembers values(item.value());
      OffsetWrapper& offset = stats.offset_table[std::move(queue)];
      offset.broker_offset = values.Int64("brokerOffset");
      offset.consumer_offset = values.Int64("consumerOffset");
      offset.last_timestamp_ms = values.Int64("lastTimestamp");
      offset.pull_offset = values.Int64("pullOffset");
      REWIND_TRY(values.status());
    }
  }
  REWIND_TRY(members.status());
  return stats;
}

std::string EncodeTopicStatsTable(const TopicStatsTable& table) {
  JsonWriter writer;
  writer.BeginObject();
  writer.Key("offsetTable");
  writer.BeginObject();
  for (const auto& [queue, offset] : table.offset_table) {
    writer.BareKey(queue.ToJsonKey());
    writer.BeginObject();
    writer.Member("lastUpdateTimestamp", offset.last_update_timestamp_ms);
    writer.Member("maxOffset", offset.max_offset);
    writer.Member("minOffset", offset.min_offset);
    writer.EndObject();
  }
  writer.EndObject();
  writer.Member("topicPutTps", table.topic_put_tps);
  writer.EndObject();
  return writer.Take();
}

Result<TopicStatsTable> DecodeTopicStatsTable(std::string_view text) {
  REWIND_TRY_ASSIGN(json object, ParseJavaObject(text));
  JsonMembers members(object);
  TopicStatsTable stats;
  stats.topic_put_tps = members.Double("topicPutTps");
  if (const json* table = members.Object("offsetTable")) {
    for (const auto& item : table->items()) {
      REWIND_TRY_ASSIGN(MessageQueue queue, MessageQueueFromKey(item.key()));
      JsonMembers values(item.value());
      TopicOffset& offset = stats.offset_table[std::move(queue)];
      offset.min_offset = values.Int64("minOffset");
      offset.max_offset = values.Int64("maxOffset");
      offset.last_update_timestamp_ms = values.Int64("lastUpdateTimestamp");
      REWIND_TRY(values.status());
    }
  }
  REWIND_TRY(members.status());
  return stats;
}

}  // namespace rewindmq::protocol
