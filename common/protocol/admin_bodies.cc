#include "common/protocol/admin_bodies.h"

#include "common/protocol/java_json.h"
#include "common/protocol/json_writer.h"

namespace rewindmq::protocol {
namespace {

void WriteFigures(std::string_view key, const StatsFigures& figures, JsonWriter* writer) {
  writer->Key(key);
  writer->BeginObject();
  writer->Member("avgpt", figures.per_time);
  writer->Member("sum", figures.sum);
  writer->Member("tps", figures.per_second);
  writer->EndObject();
}

}  // namespace

std::string EncodeBrokerStatsData(const BrokerStatsData& data) {
  JsonWriter writer;
  writer.BeginObject();
  WriteFigures("statsDay", data.day, &writer);
  WriteFigures("statsHour", data.hour, &writer);
  WriteFigures("statsMinute", data.minute, &writer);
  writer.EndObject();
  return writer.Take();
}

std::string EncodeConsumeStatsList(const ConsumeStatsList& list) {
  JsonWriter writer;
  writer.BeginObject();
  writer.Member("brokerAddr", list.broker_addr);
  writer.Key("consumeStatsList");
  writer.BeginArray();
  for (const auto& [group, topics] : list.groups) {
    writer.BeginObject();
    writer.Key(group);
    writer.BeginArray();
    for (const ConsumeStats& stats : topics) writer.Raw(EncodeConsumeStats(stats));
    writer.EndArray();
    writer.EndObject();
  }
  writer.EndArray();
  writer.Member("totalDiff", list.total_diff);
  writer.Member("totalInflightDiff", list.total_inflight_diff);
  writer.EndObject();
  return writer.Take();
}

std::string EncodeConsumeQueueAnswer(const ConsumeQueueAnswer& answer) {
  JsonWriter writer;
  writer.BeginObject();
  if (!answer.filter_data.empty()) writer.Member("filterData", answer.filter_data);
  writer.Member("maxQueueIndex", answer.max_index);
  writer.Member("minQueueIndex", answer.min_index);
  writer.Key("queueData");
  writer.BeginArray();
  for (const ConsumeQueueEntry& entry : answer.entries) {
    writer.BeginObject();
    writer.Member("eval", false);
    writer.Member("physicOffset", entry.physical_offset);
    writer.Member("physicSize", entry.record_bytes);
    writer.Member("tagsCode", entry.tags_code);
    writer.EndObject();
  }
  writer.EndArray();
  if (answer.subscription) {
    writer.Key("subscriptionData");
    writer.Raw(EncodeSubscriptionData(*answer.subscription));
  }
  writer.EndObject();
  return writer.Take();
}

std::string EncodeConsumeTimeSpans(const std::vector<QueueTimeSpan>& spans) {
  JsonWriter writer;
  writer.BeginObject();
  writer.Key("consumeTimeSpanSet");
  writer.BeginArray();
  for (const QueueTimeSpan& span : spans) {
    writer.BeginObject();
    writer.Member("consumeTimeStamp", span.consumed_ms);
    writer.Member("delayTime", span.delay_ms);
    writer.Member("maxTimeStamp", span.max_ms);
    writer.Key("messageQueue");
    writer.Raw(span.queue.ToJsonKey());
    writer.Member("minTimeStamp", span.min_ms);
    writer.EndObject();
  }
  writer.EndArray();
  writer.EndObject();
  return writer.Take();
}

std::string EncodeCorrectionOffsets(const std::map<int32_t, int64_t>& offsets) {
  JsonWriter writer;
  writer.BeginObject();
  writer.Key("correctionOffsets");
  writer.BeginObject();
  for (const auto& [queue_id, offset] : offsets) {
    writer.BareKey(std::to_string(queue_id));
    writer.Int(offset);
  }
  writer.EndObject();
  writer.EndObject();
  return writer.Take();
}

std::string EncodeSubscriptionAnswer(const std::string& group, const std::string& topic,
                                     const SubscriptionData* subscription) {
  JsonWriter writer;
  writer.BeginObject();
  writer.Member("group", group);
  if (subscription != nullptr) {
    writer.Key("subscriptionData");
    writer.Raw(EncodeSubscriptionData(*subscription));
  }
  writer.Member("topic", topic);
  writer.EndObject();
  return writer.Take();
}

std::string EncodeProducerTable(const std::map<std::string, std::vector<ProducerInfo>>& groups) {
  JsonWriter writer;
  writer.BeginObject();
  writer.Key("data");
  writer.BeginObject();
  for (const auto& [group, producers] : groups) {
    writer.Key(group);
    writer.BeginArray();
    for (const ProducerInfo& producer : producers) {
      writer.BeginObject();
      writer.Member("clientId", producer.client_id);
      writer.Member("language", LanguageName(producer.language));
      writer.Member("lastUpdateTimestamp", producer.last_update_ms);
      writer.Member("remoteIP", producer.remote_address);
      writer.Member("version", producer.version);
      writer.EndObject();
    }
    writer.EndArray();
  }
  writer.EndObject();
  writer.EndObject();
  return writer.Take();
}

std::string EncodeHaRuntimeInfo(int64_t log_end_offset) {
  JsonWriter writer;
  writer.BeginObject();
  writer.Key("haClientRuntimeInfo");
  writer.BeginObject();
  writer.Member("activateTime", 0);
  writer.Member("lastReadTimestamp", 0);
  writer.Member("lastWriteTimestamp", 0);
  writer.Member("maxOffset", 0);
  writer.Member("transferredByteInSecond", 0);
  writer.EndObject();
  writer.Key("haConnectionInfo");
  writer.BeginArray();
  writer.EndArray();
  writer.Member("inSyncSlaveNums", 0);
  writer.Member("master", true);
  writer.Member("masterCommitLogMaxOffset", log_end_offset);
  writer.EndObject();
  return writer.Take();
}

std::string EncodeGroupForbidden(const std::string& group, const std::string& topic,
                                 bool readable) {
  JsonWriter writer;
  writer.BeginObject();
  writer.Member("group", group);
  writer.Member("readable", readable);
  writer.Member("topic", topic);
  writer.EndObject();
  return writer.Take();
}

std::string EncodeConsumerStatus(const std::map<std::string, ResetOffsetBody>& clients) {
  JsonWriter writer;
  writer.BeginObject();
  writer.Key("consumerTable");
  writer.BeginObject();
  for (const auto& [client_id, offsets] : clients) {
    writer.Key(client_id);
    writer.BeginObject();
    for (const auto& [queue, offset] : offsets) {
      writer.BareKey(queue.ToJsonKey());
      writer.Int(offset);
    }
    writer.EndObject();
  }
  writer.EndObject();
  writer.EndObject();
  return writer.Take();
}

namespace {

Status ReadOffsets(const nlohmann::json& table, ResetOffsetBody* offsets) {
  JsonMembers values(table);
  for (const auto& item : table.items()) {
    REWIND_TRY_ASSIGN(MessageQueue queue, MessageQueueFromKey(item.key()));
    (*offsets)[std::move(queue)] = values.Int64(item.key().c_str());
  }
  return values.status();
}

}  // namespace

Result<std::map<std::string, ResetOffsetBody>> DecodeConsumerStatuses(std::string_view text) {
  REWIND_TRY_ASSIGN(nlohmann::json object, ParseJavaObject(text));
  JsonMembers members(object);
  std::map<std::string, ResetOffsetBody> clients;
  if (const nlohmann::json* table = members.Object("consumerTable")) {
    for (const auto& item : table->items()) {
      if (!item.value().is_object()) {
        return Status(ErrorCode::kCorruption,
                      "the offsets of client " + item.key() + " are no map");
      }
      REWIND_TRY(ReadOffsets(item.value(), &clients[item.key()]));
    }
  }
  REWIND_TRY(members.status());
  return clients;
}

Result<ResetOffsetBody> DecodeConsumerStatus(std::string_view text) {
  REWIND_TRY_ASSIGN(nlohmann::json object, ParseJavaObject(text));
  JsonMembers members(object);
  ResetOffsetBody offsets;
  if (const nlohmann::json* table = members.Object("messageQueueTable")) {
    REWIND_TRY(ReadOffsets(*table, &offsets));
  }
  REWIND_TRY(members.status());
  return offsets;
}

}  // namespace rewindmq::protocol
