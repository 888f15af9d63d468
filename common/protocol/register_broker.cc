#include "common/protocol/register_broker.h"

#include <zlib.h>

#include <algorithm>

#include "common/base/bytes.h"
#include "common/protocol/java_json.h"
#include "common/protocol/json_writer.h"
#include "common/protocol/registration_scan.h"

namespace rewindmq::protocol {
namespace {

using nlohmann::json;

Status ReadStrings(const json& array, std::vector<std::string>* strings) {
  for (const json& item : array) {
    if (!item.is_string()) return {ErrorCode::kCorruption, "a filter server is not a string"};
    strings->push_back(item.get<std::string>());
  }
  return Status::Ok();
}

class Inflater {
 public:
  Inflater() { ready_ = inflateInit(&stream_) == Z_OK; }
  ~Inflater() {
    if (ready_) inflateEnd(&stream_);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  Result<std::string> Run(std::string_view bytes) {
    constexpr size_t kChunkBytes = 64U << 10;
    if (!ready_) return Status(ErrorCode::kInternal, "zlib cannot be started");
    // zlib's interface predates const; it only reads.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    std::string out;
    int code = Z_OK;
    while (code == Z_OK) {
      size_t had = out.size();
      if (had >= kMaxInflatedBytes) {
        return Status(ErrorCode::kResourceExhausted, "the compressed body inflates past 64 MiB");
      }
      out.resize(had + kChunkBytes);
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + had);
      stream_.avail_out = static_cast<uInt>(kChunkBytes);
      code = inflate(&stream_, Z_NO_FLUSH);
      out.resize(had + kChunkBytes - stream_.avail_out);
    }
    if (code == Z_STREAM_END) return out;
    return Status(ErrorCode::kCorruption, "the compressed body is cut or not zlib");
  }

 private:
  z_stream stream_{};
  bool ready_ = false;
};

Result<RegisterBrokerBody> DecodeInflated(std::string_view bytes) {
  ByteReader reader(bytes);
  RegisterBrokerBody body;
  std::string_view version = reader.ReadBytes(reader.Read<int32_t>());
  auto topic_count = reader.Read<int32_t>();
  if (!reader.ok() || topic_count < 0) {
    return Status(ErrorCode::kCorruption, "the compressed body is cut in its version");
  }
  REWIND_TRY_ASSIGN(body.topic_config_table.data_version, DecodeDataVersion(version));
  for (int32_t i = 0; i < topic_count; ++i) {
    std::string_view line = reader.ReadBytes(reader.Read<int32_t>());
    if (!reader.ok()) return Status(ErrorCode::kCorruption, "the compressed body lacks topics");
    REWIND_TRY_ASSIGN(TopicConfig config, DecodeTopicConfigLine(line));
    std::string name = config.topic_name;
    body.topic_config_table.topics.insert_or_assign(std::move(name), std::move(config));
  }
  std::string_view filters = reader.ReadBytes(reader.Read<int32_t>());
  if (!reader.ok()) return Status(ErrorCode::kCorruption, "the compressed body lacks its filters");
  REWIND_TRY_ASSIGN(json array, ParseJavaJson(filters));
  if (!array.is_array()) return Status(ErrorCode::kCorruption, "the filters are not an array");
  REWIND_TRY(ReadStrings(array, &body.filter_servers));
  // Senders of 5.x append the mappings of static topics here. Nothing is served from them, and
  // nothing follows them.
  return body;
}

}  // namespace

std::string EncodeRegisterBrokerBody(const RegisterBrokerBody& body) {
  JsonWriter writer;
  writer.BeginObject();
  writer.StringArray("filterServerList", body.filter_servers);
  writer.Key("topicConfigSerializeWrapper");
  writer.Raw(EncodeTopicConfigTable(body.topic_config_table));
  writer.EndObject();
  return writer.Take();
}

std::string EncodeCompressedRegisterBrokerBody(const RegisterBrokerBody& body) {
  std::string plain;
  auto append = [&plain](std::string_view text) {
    AppendBe<int32_t>(&plain, static_cast<int32_t>(text.size()));
    plain.append(text);
  };
  append(EncodeDataVersion(body.topic_config_table.data_version));
  AppendBe<int32_t>(&plain, static_cast<int32_t>(body.topic_config_table.topics.size()));
  for (const auto& [name, config] : body.topic_config_table.topics) {
    append(EncodeTopicConfigLine(config));
  }
  JsonWriter filters;
  filters.BeginArray();
  for (const std::string& server : body.filter_servers) filters.String(server);
  filters.EndArray();
  append(filters.Take());
  uLongf size = compressBound(plain.size());
  std::string packed(size, '\0');
  int code =
      compress2(reinterpret_cast<Bytef*>(packed.data()), &size,
                reinterpret_cast<const Bytef*>(plain.data()), plain.size(), Z_DEFAULT_COMPRESSION);
  // The room is large enough by zlib's own word, so only memory can be missing.
  packed.resize(code == Z_OK ? size : 0);
  return packed;
}

Result<RegisterBrokerBody> DecodeRegisterBrokerBody(std::string_view body, int32_t version,
                                                    bool compressed) {
  if (body.empty()) return RegisterBrokerBody();
  RegisterBrokerBody decoded;
  if (version < kVersion3_0_11) {
    REWIND_TRY_ASSIGN(decoded.topic_config_table, DecodeTopicConfigTable(body));
    return decoded;
  }
  if (compressed) {
    REWIND_TRY_ASSIGN(std::string inflated, Inflater().Run(body));
    return DecodeInflated(inflated);
  }
  if (auto plain = ScanRegisterBrokerBody(body)) return std::move(*plain);
  REWIND_TRY_ASSIGN(json object, ParseJavaObject(body));
  JsonMembers members(object);
  if (const json* table = members.Object("topicConfigSerializeWrapper")) {
    REWIND_TRY_ASSIGN(decoded.topic_config_table, TopicConfigTableFromJson(*table));
  }
  if (const json* filters = members.Array("filterServerList")) {
    REWIND_TRY(ReadStrings(*filters, &decoded.filter_servers));
  }
  REWIND_TRY(members.status());
  return decoded;
}

}  // namespace rewindmq::protocol
