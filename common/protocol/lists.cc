#include "common/protocol/lists.h"

#include "common/protocol/java_json.h"
#include "common/protocol/json_writer.h"

namespace rewindmq::protocol {
namespace {

using nlohmann::json;

std::string EncodeList(std::string_view key, const std::vector<std::string>& names) {
  JsonWriter writer;
  writer.BeginObject();
  writer.StringArray(key, names);
  writer.EndObject();
  return writer.Take();
}

Result<std::vector<std::string>> ReadList(const char* key, JsonMembers* members) {
  std::vector<std::string> names;
  if (const json* array = members->Array(key)) {
    for (const json& item : *array) {
      if (!item.is_string()) {
        return Status(ErrorCode::kCorruption, std::string(key) + " has an element that is no text");
      }
      names.push_back(item.get<std::string>());
    }
  }
  REWIND_TRY(members->status());
  return names;
}

Result<std::vector<std::string>> DecodeList(const char* key, std::string_view text) {
  REWIND_TRY_ASSIGN(json object, ParseJavaObject(text));
  JsonMembers members(object);
  return ReadList(key, &members);
}

}  // namespace

std::string EncodeTopicList(const TopicList& list) {
  JsonWriter writer;
  writer.BeginObject();
  if (!list.broker_addr.empty()) writer.Member("brokerAddr", list.broker_addr);
  writer.StringArray("topicList", list.topics);
  writer.EndObject();
  return writer.Take();
}

Result<TopicList> DecodeTopicList(std::string_view text) {
  REWIND_TRY_ASSIGN(json object, ParseJavaObject(text));
  JsonMembers members(object);
  TopicList list;
  list.broker_addr = members.Text("brokerAddr");
  REWIND_TRY_ASSIGN(list.topics, ReadList("topicList", &members));
  return list;
}

std::string EncodeGroupList(const std::vector<std::string>& groups) {
  return EncodeList("groupList", groups);
}

Result<std::vector<std::string>> DecodeGroupList(std::string_view text) {
  return DecodeList("groupList", text);
}

std::string EncodeConsumerIdList(const std::vector<std::string>& client_ids) {
  return EncodeList("consumerIdList", client_ids);
}

Result<std::vector<std::string>> DecodeConsumerIdList(std::string_view text) {
  return DecodeList("consumerIdList", text);
}

std::string EncodeKvTable(const KvTable& table) {
  JsonWriter writer;
  writer.BeginObject();
  writer.StringObject("table", table);
  writer.EndObject();
  return writer.Take();
}

Result<KvTable> DecodeKvTable(std::string_view text) {
  REWIND_TRY_ASSIGN(json object, ParseJavaObject(text));
  JsonMembers members(object);
  KvTable table;
  if (const json* values = members.Object("table")) {
    JsonMembers texts(*values);
    for (const auto& item : values->items()) {
      table[item.key()] = texts.Text(item.key().c_str());
    }
    members.Note(texts.status());
  }
  REWIND_TRY(members.status());
  return table;
}

}  // namespace rewindmq::protocol
