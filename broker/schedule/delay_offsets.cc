#include "broker/schedule/delay_offsets.h"

#include "common/base/parse.h"
#include "common/protocol/java_json.h"
#include "common/protocol/json_writer.h"

namespace rewindmq::broker {

std::string EncodeDelayOffsets(const DelayOffsets& offsets) {
  protocol::JsonWriter writer;
  writer.BeginObject();
  writer.Key("dataVersion");
  writer.Raw(protocol::EncodeDataVersion(offsets.data_version));
  writer.Key("offsetTable");
  writer.BeginObject();
  for (const auto& [level, offset] : offsets.by_level) {
    writer.BareKey(std::to_string(level));
    writer.Int(offset);
  }
  writer.EndObject();
  writer.EndObject();
  return writer.Take();
}

Result<DelayOffsets> DecodeDelayOffsets(std::string_view text) {
  REWIND_TRY_ASSIGN(nlohmann::json object, protocol::ParseJavaObject(text));
  protocol::JsonMembers members(object);
  DelayOffsets offsets;
  if (const nlohmann::json* version = members.Object("dataVersion")) {
    REWIND_TRY_ASSIGN(offsets.data_version, protocol::DataVersionFromJson(*version));
  }
  if (const nlohmann::json* table = members.Object("offsetTable")) {
    protocol::JsonMembers values(*table);
    for (const auto& item : table->items()) {
      REWIND_TRY_ASSIGN(int32_t level, ParseInt32(item.key(), "delay level"));
      offsets.by_level[level] = values.Int64(item.key().c_str());
    }
    REWIND_TRY(values.status());
  }
  REWIND_TRY(members.status());
  return offsets;
}

}  // namespace rewindmq::broker
