#include "common/protocol/subscription_group.h"

#include "common/protocol/java_json.h"
#include "common/protocol/json_writer.h"

namespace rewindmq::protocol {
namespace {

using nlohmann::json;

void WriteConfig(const SubscriptionGroupConfig& config, JsonWriter* writer) {
  writer->BeginObject();
  writer->StringObject("attributes", config.attributes);
  writer->Member("brokerId", config.broker_id);
  writer->Member("consumeBroadcastEnable", config.consume_broadcast_enable);
  writer->Member("consumeEnable", config.consume_enable);
  writer->Member("consumeFromMinEnable", config.consume_from_min_enable);
  writer->Member("consumeMessageOrderly", config.consume_message_orderly);
  writer->Member("consumeTimeoutMinute", config.consume_timeout_minute);
  writer->Member("groupName", config.group_name);
  if (!config.group_retry_policy.empty()) {
    writer->Key("groupRetryPolicy");
    writer->Raw(config.group_retry_policy);
  }
  writer->Member("groupSysFlag", config.group_sys_flag);
  writer->Member("notifyConsumerIdsChangedEnable", config.notify_consumer_ids_changed_enable);
  writer->Member("retryMaxTimes", config.retry_max_times);
  writer->Member("retryQueueNums", config.retry_queue_nums);
  if (!config.subscription_data_set.empty()) {
    writer->Key("subscriptionDataSet");
    writer->Raw(config.subscription_data_set);
  }
  writer->Member("whichBrokerWhenConsumeSlowly", config.which_broker_when_consume_slowly);
  writer->EndObject();
}

}  // namespace

std::string EncodeSubscriptionGroupConfig(const SubscriptionGroupConfig& config) {
  JsonWriter writer;
  WriteConfig(config, &writer);
  return writer.Take();
}

Result<SubscriptionGroupConfig> DecodeSubscriptionGroupConfig(std::string_view text) {
  REWIND_TRY_ASSIGN(json object, ParseJavaObject(text));
  return SubscriptionGroupConfigFromJson(object);
}

Result<SubscriptionGroupConfig> SubscriptionGroupConfigFromJson(const json& object) {
  JsonMembers members(object);
  SubscriptionGroupConfig config;
  config.group_name = members.Text("groupName");
  config.consume_enable = members.Bool("consumeEnable", true);
  config.consume_from_min_enable = members.Bool("consumeFromMinEnable", true);
  config.consume_broadcast_enable = members.Bool("consumeBroadcastEnable", true);
  config.consume_message_orderly = members.Bool("consumeMessageOrderly");
  config.retry_queue_nums = members.Int32("retryQueueNums", config.retry_queue_nums);
  config.retry_max_times = members.Int32("retryMaxTimes", config.retry_max_times);
  if (const json* policy = members.Object("groupRetryPolicy")) {
    config.group_retry_policy = DumpJson(*policy);
  }
  if (const json* set = members.Array("subscriptionDataSet")) {
    config.subscription_data_set = DumpJson(*set);
  }
  config.broker_id = members.Int64("brokerId");
  config.which_broker_when_consume_slowly =
      members.Int64("whichBrokerWhenConsumeSlowly", config.which_broker_when_consume_slowly);
  config.notify_consumer_ids_changed_enable = members.Bool("notifyConsumerIdsChangedEnable", true);
  config.group_sys_flag = members.Int32("groupSysFlag");
  config.consume_timeout_minute =
      members.Int32("consumeTimeoutMinute", config.consume_timeout_minute);
  if (const json* attributes = members.Object("attributes")) {
    JsonMembers values(*attributes);
    for (const auto& item : attributes->items()) {
      config.attributes[item.key()] = values.Text(item.key().c_str());
    }
    members.Note(values.status());
  }
  REWIND_TRY(members.status());
  return config;
}

Result<std::vector<SubscriptionGroupConfig>> DecodeSubscriptionGroupList(std::string_view text) {
  REWIND_TRY_ASSIGN(json object, ParseJavaObject(text));
  JsonMembers members(object);
  std::vector<SubscriptionGroupConfig> configs;
  if (const json* list = members.Array("groupConfigList")) {
    for (const json& item : *list) {
      REWIND_TRY_ASSIGN(SubscriptionGroupConfig config, SubscriptionGroupConfigFromJson(item));
      configs.push_back(std::move(config));
    }
  }
  REWIND_TRY(members.status());
  return configs;
}

std::string EncodeSubscriptionGroupTable(const SubscriptionGroupTable& table) {
  JsonWriter writer;
  writer.BeginObject();
  writer.Key("dataVersion");
  writer.Raw(EncodeDataVersion(table.data_version));
  if (!table.forbidden.empty()) {
    writer.Key("forbiddenTable");
    writer.BeginObject();
    for (const auto& [group, topics] : table.forbidden) {
      writer.Key(group);
      writer.BeginObject();
      for (const auto& [topic, bits] : topics) writer.Member(topic, bits);
      writer.EndObject();
    }
    writer.EndObject();
  }
  writer.Key("subscriptionGroupTable");
  writer.BeginObject();
  for (const auto& [name, config] : table.groups) {
    writer.Key(name);
    WriteConfig(config, &writer);
  }
  writer.EndObject();
  writer.EndObject();
  return writer.Take();
}

Result<SubscriptionGroupTable> DecodeSubscriptionGroupTable(std::string_view text) {
  REWIND_TRY_ASSIGN(json object, ParseJavaObject(text));
  JsonMembers members(object);
  SubscriptionGroupTable table;
  if (const json* version = members.Object("dataVersion")) {
    REWIND_TRY_ASSIGN(table.data_version, DataVersionFromJson(*version));
  }
  if (const json* forbidden = members.Object("forbiddenTable")) {
    for (const auto& group : forbidden->items()) {
      JsonMembers topics(group.value());
      for (const auto& topic : group.value().items()) {
        table.forbidden[group.key()][topic.key()] = topics.Int32(topic.key().c_str());
      }
      members.Note(topics.status());
    }
  }
  if (const json* groups = members.Object("subscriptionGroupTable")) {
    for (const auto& item : groups->items()) {
      REWIND_TRY_ASSIGN(SubscriptionGroupConfig config,
                        SubscriptionGroupConfigFromJson(item.value()));
      if (config.group_name.empty()) config.group_name = item.key();
      table.groups.insert_or_assign(item.key(), std::move(config));
    }
  }
  REWIND_TRY(members.status());
  return table;
}

}  // namespace rewindmq::protocol
