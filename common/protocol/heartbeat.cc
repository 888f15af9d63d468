#include "common/protocol/heartbeat.h"

#include <array>
#include <limits>

#include "common/protocol/java_json.h"
#include "common/protocol/json_writer.h"

namespace rewindmq::protocol {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 3> kConsumeTypes = {"CONSUME_ACTIVELY", "CONSUME_PASSIVELY",
                                                           "CONSUME_POP"};
constexpr std::array<std::string_view, 2> kMessageModels = {"BROADCASTING", "CLUSTERING"};
constexpr std::array<std::string_view, 6> kFromWheres = {
    "CONSUME_FROM_LAST_OFFSET",  "CONSUME_FROM_LAST_OFFSET_AND_FROM_MIN_WHEN_BOOT_FIRST",
    "CONSUME_FROM_MIN_OFFSET",   "CONSUME_FROM_MAX_OFFSET",
    "CONSUME_FROM_FIRST_OFFSET", "CONSUME_FROM_TIMESTAMP"};

template <typename Enum, size_t kCount>
Result<Enum> FromJson(const json* value, const std::array<std::string_view, kCount>& names,
                      Enum fallback) {
  if (value == nullptr) return fallback;
  if (value->is_string()) {
    const auto& text = value->get_ref<const std::string&>();
    for (size_t i = 0; i < kCount; ++i) {
      if (names[i] == text) return static_cast<Enum>(i);
    }
  } else if (value->is_number_unsigned() && value->get<uint64_t>() < kCount) {
    return static_cast<Enum>(value->get<uint64_t>());
  }
  return Status(ErrorCode::kCorruption, "unknown value " + DumpJson(*value).substr(0, 64) +
                                            " in place of " + std::string(names[0]));
}

void WriteSubscription(const SubscriptionData& subscription, JsonWriter* writer) {
  writer->BeginObject();
  writer->Member("classFilterMode", subscription.class_filter_mode);
  writer->Key("codeSet");
  writer->BeginArray();
  for (int32_t code : subscription.code_set) writer->Int(code);
  writer->EndArray();
  writer->Member("expressionType", subscription.expression_type);
  writer->Member("subString", subscription.sub_string);
  writer->Member("subVersion", subscription.sub_version);
  writer->StringArray("tagsSet", subscription.tags_set);
  writer->Member("topic", subscription.topic);
  writer->EndObject();
}

void WriteConsumer(const ConsumerData& consumer, JsonWriter* writer) {
  writer->BeginObject();
  writer->Member("consumeFromWhere", ConsumeFromWhereName(consumer.consume_from_where));
  writer->Member("consumeType", ConsumeTypeName(consumer.consume_type));
  writer->Member("groupName", consumer.group_name);
  writer->Member("messageModel", MessageModelName(consumer.message_model));
  writer->Key("subscriptionDataSet");
  writer->BeginArray();
  for (const SubscriptionData& data : consumer.subscriptions) WriteSubscription(data, writer);
  writer->EndArray();
  writer->Member("unitMode", consumer.unit_mode);
  writer->EndObject();
}

Result<ConsumerData> ReadConsumer(const json& object) {
  JsonMembers members(object);
  ConsumerData consumer;
  consumer.group_name = members.Text("groupName");
  REWIND_TRY_ASSIGN(consumer.consume_type, ConsumeTypeFromJson(members.Any("consumeType")));
  REWIND_TRY_ASSIGN(consumer.message_model, MessageModelFromJson(members.Any("messageModel")));
  REWIND_TRY_ASSIGN(consumer.consume_from_where,
                    ConsumeFromWhereFromJson(members.Any("consumeFromWhere")));
  consumer.unit_mode = members.Bool("unitMode");
  if (const json* subscriptions = members.Array("subscriptionDataSet")) {
    for (const json& item : *subscriptions) {
      REWIND_TRY_ASSIGN(SubscriptionData data, SubscriptionDataFromJson(item));
      consumer.subscriptions.push_back(std::move(data));
    }
  }
  REWIND_TRY(members.status());
  return consumer;
}

}  // namespace

std::string_view ConsumeTypeName(ConsumeType type) {
  return kConsumeTypes.at(static_cast<size_t>(type));
}
std::string_view MessageModelName(MessageModel model) {
  return kMessageModels.at(static_cast<size_t>(model));
}
std::string_view ConsumeFromWhereName(ConsumeFromWhere where) {
  return kFromWheres.at(static_cast<size_t>(where));
}

Result<ConsumeType> ConsumeTypeFromJson(const json* value) {
  return FromJson(value, kConsumeTypes, ConsumeType::kPassively);
}
Result<MessageModel> MessageModelFromJson(const json* value) {
  return FromJson(value, kMessageModels, MessageModel::kClustering);
}
Result<ConsumeFromWhere> ConsumeFromWhereFromJson(const json* value) {
  return FromJson(value, kFromWheres, ConsumeFromWhere::kLastOffset);
}

std::string EncodeSubscriptionData(const SubscriptionData& subscription) {
  JsonWriter writer;
  WriteSubscription(subscription, &writer);
  return writer.Take();
}

Result<SubscriptionData> SubscriptionDataFromJson(const json& object) {
  JsonMembers members(object);
  SubscriptionData data;
  data.topic = members.Text("topic");
  data.sub_string = members.Text("subString");
  data.sub_version = members.Int64("subVersion");
  data.expression_type = members.Text("expressionType", kTagExpression);
  data.class_filter_mode = members.Bool("classFilterMode");
  if (const json* tags = members.Array("tagsSet")) {
    for (const json& tag : *tags) {
      if (!tag.is_string()) return Status(ErrorCode::kCorruption, "a tag is not a string");
      data.tags_set.push_back(tag.get<std::string>());
    }
  }
  if (const json* codes = members.Array("codeSet")) {
    for (const json& code : *codes) {
      // The C++ client writes the numbers as strings; the tags themselves say the same.
      nlohmann::json wrapped = {{"code", code}};
      JsonMembers one(wrapped);
      data.code_set.push_back(one.Int32("code"));
      members.Note(one.status());
    }
  }
  REWIND_TRY(members.status());
  return data;
}

std::string EncodeHeartbeatData(const HeartbeatData& heartbeat) {
  JsonWriter writer;
  writer.BeginObject();
  writer.Member("clientID", heartbeat.client_id);
  writer.Key("consumerDataSet");
  writer.BeginArray();
  for (const ConsumerData& consumer : heartbeat.consumers) WriteConsumer(consumer, &writer);
  writer.EndArray();
  writer.Member("heartbeatFingerprint", heartbeat.heartbeat_fingerprint);
  writer.Key("producerDataSet");
  writer.BeginArray();
  for (const std::string& group : heartbeat.producer_groups) {
    writer.BeginObject();
    writer.Member("groupName", group);
    writer.EndObject();
  }
  writer.EndArray();
  writer.Member("withoutSub", heartbeat.without_sub);
  writer.EndObject();
  return writer.Take();
}

Result<HeartbeatData> DecodeHeartbeatData(std::string_view text) {
  REWIND_TRY_ASSIGN(json object, ParseJavaObject(text));
  JsonMembers members(object);
  HeartbeatData heartbeat;
  heartbeat.client_id = members.Text("clientID");
  heartbeat.heartbeat_fingerprint = members.Int32("heartbeatFingerprint");
  heartbeat.without_sub = members.Bool("withoutSub");
  if (const json* producers = members.Array("producerDataSet")) {
    for (const json& item : *producers) {
      JsonMembers producer(item);
      heartbeat.producer_groups.push_back(producer.Text("groupName"));
      members.Note(producer.status());
    }
  }
  if (const json* consumers = members.Array("consumerDataSet")) {
    for (const json& item : *consumers) {
      REWIND_TRY_ASSIGN(ConsumerData consumer, ReadConsumer(item));
      heartbeat.consumers.push_back(std::move(consumer));
    }
  }
  REWIND_TRY(members.status());
  return heartbeat;
}

}  // namespace rewindmq::protocol
