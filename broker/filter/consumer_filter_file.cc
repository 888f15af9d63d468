// config/consumerFilter.json: {"filterDataByTopic":{TOPIC:{"groupFilterData":{GROUP:{…}}}}}.

#include "broker/filter/consumer_filter_table.h"
#include "broker/filter/sql_parser.h"
#include "common/base/log.h"
#include "common/protocol/java_json.h"
#include "common/protocol/json_writer.h"

namespace rewindmq::broker {
namespace {

void WriteFilter(const std::string& topic, const std::string& group, const ConsumerFilter& filter,
                 protocol::JsonWriter* json) {
  json->BeginObject();
  json->Member("bornTime", filter.born_ms);
  json->Member("clientVersion", filter.client_version);
  json->Member("consumerGroup", group);
  json->Member("deadTime", filter.dead_ms);
  json->Member("expression", filter.expression);
  json->Member("expressionType", filter.expression_type);
  json->Member("topic", topic);
  json->EndObject();
}

Result<ConsumerFilter> ReadFilter(const nlohmann::json& object) {
  protocol::JsonMembers members(object);
  ConsumerFilter filter;
  filter.expression = members.Text("expression", "");
  filter.expression_type = members.Text("expressionType", "");
  filter.born_ms = members.Int64("bornTime", 0);
  filter.dead_ms = members.Int64("deadTime", 0);
  filter.client_version = members.Int64("clientVersion", 0);
  REWIND_TRY(members.status());
  return filter;
}

}  // namespace

std::string EncodeConsumerFilters(const ConsumerFilters& filters) {
  protocol::JsonWriter json;
  json.BeginObject();
  json.Key("filterDataByTopic");
  json.BeginObject();
  for (const auto& [topic, groups] : filters) {
    json.Key(topic);
    json.BeginObject();
    json.Key("groupFilterData");
    json.BeginObject();
    for (const auto& [group, filter] : groups) {
      json.Key(group);
      WriteFilter(topic, group, filter, &json);
    }
    json.EndObject();
    json.Member("topic", topic);
    json.EndObject();
  }
  json.EndObject();
  json.EndObject();
  return json.Take();
}

Result<ConsumerFilters> DecodeConsumerFilters(std::string_view text) {
  REWIND_TRY_ASSIGN(nlohmann::json document, protocol::ParseJavaObject(text));
  protocol::JsonMembers members(document);
  const nlohmann::json* topics = members.Object("filterDataByTopic");
  REWIND_TRY(members.status());
  ConsumerFilters filters;
  if (topics == nullptr) return filters;
  for (const auto& [topic, entry] : topics->items()) {
    if (!entry.is_object()) {
      return Status(ErrorCode::kCorruption, "filters of topic " + topic + " are not an object");
    }
    protocol::JsonMembers topic_members(entry);
    const nlohmann::json* groups = topic_members.Object("groupFilterData");
    REWIND_TRY(topic_members.status());
    if (groups == nullptr) continue;
    for (const auto& [group, object] : groups->items()) {
      if (!object.is_object()) {
        return Status(ErrorCode::kCorruption, "the filter of group " + group + " is not an object");
      }
      REWIND_TRY_ASSIGN(ConsumerFilter filter, ReadFilter(object));
      auto compiled = filter.expression_type == protocol::kSql92Expression
                          ? ParseSql(filter.expression)
                          : Status(ErrorCode::kInvalidArgument, "unknown kind of expression");
      if (!compiled.ok()) {
        spdlog::warn("filter of group {} on topic {} is forgotten: {}", group, topic,
                     compiled.status().message());
        continue;
      }
      filter.compiled = *compiled;
      filters[topic][group] = std::move(filter);
    }
  }
  return filters;
}

}  // namespace rewindmq::broker
