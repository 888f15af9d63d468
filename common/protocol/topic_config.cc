#include "common/protocol/topic_config.h"

#include <array>

#include "common/base/parse.h"
#include "common/protocol/java_json.h"
#include "common/protocol/json_writer.h"

namespace rewindmq::protocol {
namespace {

using nlohmann::json;

void WriteTopicConfig(const TopicConfig& config, JsonWriter* writer) {
  writer->BeginObject();
  writer->StringObject("attributes", config.attributes);
  writer->Member("order", config.order);
  writer->Member("perm", config.perm);
  writer->Member("readQueueNums", config.read_queue_nums);
  writer->Member("topicFilterType", config.topic_filter_type);
  writer->Member("topicName", config.topic_name);
  writer->Member("topicSysFlag", config.topic_sys_flag);
  writer->Member("writeQueueNums", config.write_queue_nums);
  writer->EndObject();
}

Status ReadAttributes(const json& object, std::map<std::string, std::string>* attributes) {
  JsonMembers members(object);
  for (const auto& item : object.items()) {
    (*attributes)[item.key()] = members.Text(item.key().c_str());
  }
  return members.status();
}

}  // namespace

std::string EncodeTopicConfig(const TopicConfig& config) {
  JsonWriter writer;
  WriteTopicConfig(config, &writer);
  return writer.Take();
}

Result<TopicConfig> DecodeTopicConfig(std::string_view text) {
  REWIND_TRY_ASSIGN(json object, ParseJavaObject(text));
  return TopicConfigFromJson(object);
}

Result<TopicConfig> TopicConfigFromJson(const json& object) {
  JsonMembers members(object);
  TopicConfig config;
  config.topic_name = members.Text("topicName");
  config.read_queue_nums = members.Int32("readQueueNums", config.read_queue_nums);
  config.write_queue_nums = members.Int32("writeQueueNums", config.write_queue_nums);
  config.perm = members.Int32("perm", config.perm);
  config.topic_filter_type = members.Text("topicFilterType", config.topic_filter_type);
  config.topic_sys_flag = members.Int32("topicSysFlag");
  config.order = members.Bool("order");
  if (const json* attributes = members.Object("attributes")) {
    REWIND_TRY(ReadAttributes(*attributes, &config.attributes));
  }
  REWIND_TRY(members.status());
  return config;
}

std::string EncodeTopicConfigLine(const TopicConfig& config) {
  return config.topic_name + " " + std::to_string(config.read_queue_nums) + " " +
         std::to_string(config.write_queue_nums) + " " + std::to_string(config.perm) + " " +
         config.topic_filter_type;
}

Result<TopicConfig> DecodeTopicConfigLine(std::string_view line) {
  std::array<std::string_view, 5> parts;
  for (std::string_view& part : parts) {
    size_t end = line.find(' ');
    part = line.substr(0, end);
    if (part.empty()) return Status(ErrorCode::kCorruption, "a topic's line has too few parts");
    line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
  }
  TopicConfig config;
  config.topic_name = parts[0];
  REWIND_TRY_ASSIGN(config.read_queue_nums, ParseInt32(parts[1], "readQueueNums"));
  REWIND_TRY_ASSIGN(config.write_queue_nums, ParseInt32(parts[2], "writeQueueNums"));
  REWIND_TRY_ASSIGN(config.perm, ParseInt32(parts[3], "perm"));
  config.topic_filter_type = parts[4];
  if (!line.empty()) {
    REWIND_TRY_ASSIGN(json attributes, ParseJavaObject(line));
    REWIND_TRY(ReadAttributes(attributes, &config.attributes));
  }
  return config;
}

Result<std::vector<TopicConfig>> DecodeTopicConfigList(std::string_view text) {
  REWIND_TRY_ASSIGN(json object, ParseJavaObject(text));
  JsonMembers members(object);
  std::vector<TopicConfig> configs;
  if (const json* list = members.Array("topicConfigList")) {
    for (const json& item : *list) {
      REWIND_TRY_ASSIGN(TopicConfig config, TopicConfigFromJson(item));
      configs.push_back(std::move(config));
    }
  }
  REWIND_TRY(members.status());
  return configs;
}

std::string EncodeTopicConfigTable(const TopicConfigTable& table) {
  JsonWriter writer;
  writer.BeginObject();
  writer.Key("dataVersion");
  writer.Raw(EncodeDataVersion(table.data_version));
  writer.Key("topicConfigTable");
  writer.BeginObject();
  for (const auto& [name, config] : table.topics) {
    writer.Key(name);
    WriteTopicConfig(config, &writer);
  }
  writer.EndObject();
  writer.EndObject();
  return writer.Take();
}

Result<TopicConfigTable> DecodeTopicConfigTable(std::string_view text) {
  REWIND_TRY_ASSIGN(json object, ParseJavaObject(text));
  return TopicConfigTableFromJson(object);
}

Result<TopicConfigTable> TopicConfigTableFromJson(const json& object) {
  JsonMembers members(object);
  TopicConfigTable table;
  if (const json* version = members.Object("dataVersion")) {
    REWIND_TRY_ASSIGN(table.data_version, DataVersionFromJson(*version));
  }
  if (const json* topics = members.Object("topicConfigTable")) {
    for (const auto& item : topics->items()) {
      REWIND_TRY_ASSIGN(TopicConfig config, TopicConfigFromJson(item.value()));
      if (config.topic_name.empty()) config.topic_name = item.key();
      table.topics.insert_or_assign(item.key(), std::move(config));
    }
  }
  REWIND_TRY(members.status());
  return table;
}

}  // namespace rewindmq::protocol
