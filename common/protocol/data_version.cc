#include "common/protocol/data_version.h"

#include "common/protocol/java_json.h"
#include "common/protocol/json_writer.h"

namespace rewindmq::protocol {

std::string EncodeDataVersion(const DataVersion& version) {
  JsonWriter writer;
  writer.BeginObject();
  writer.Member("counter", version.counter);
  writer.Member("stateVersion", version.state_version);
  writer.Member("timestamp", version.timestamp_ms);
  writer.EndObject();
  return writer.Take();
}

Result<DataVersion> DecodeDataVersion(std::string_view text) {
  REWIND_TRY_ASSIGN(nlohmann::json object, ParseJavaObject(text));
  return DataVersionFromJson(object);
}

Result<DataVersion> DataVersionFromJson(const nlohmann::json& object) {
  JsonMembers members(object);
  DataVersion version;
  version.timestamp_ms = members.Int64("timestamp");
  version.counter = members.Int64("counter");
  version.state_version = members.Int64("stateVersion");
  REWIND_TRY(members.status());
  return version;
}

}  // namespace rewindmq::protocol
