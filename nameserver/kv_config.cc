#include "nameserver/kv_config.h"

#include "common/base/file.h"
#include "common/base/metadata_file.h"
#include "common/protocol/java_json.h"
#include "common/protocol/json_writer.h"

namespace rewindmq::nameserver {
namespace {

std::string Folder(const std::string& path) {
  size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

}  // namespace

Result<KvConfig::Tables> KvConfig::Decode(const std::string& text) {
  REWIND_TRY_ASSIGN(nlohmann::json object, protocol::ParseJavaObject(text));
  protocol::JsonMembers members(object);
  Tables tables;
  if (const nlohmann::json* spaces = members.Object("configTable")) {
    for (const auto& space : spaces->items()) {
      protocol::JsonMembers values(space.value());
      protocol::KvTable& table = tables[space.key()];
      for (const auto& item : space.value().items()) {
        table[item.key()] = values.Text(item.key().c_str());
      }
      REWIND_TRY(values.status());
    }
  }
  REWIND_TRY(members.status());
  return tables;
}

Result<KvConfig> KvConfig::Load(const std::string& path) {
  KvConfig config(path);
  Result<Tables> tables =
      LoadMetadataFile<Tables>(RealFileSystem(), path, Decode, 2 * kMaxKvConfigBytes);
  if (tables.ok()) {
    config.tables_ = std::move(tables).value();
    return config;
  }
  if (tables.status().code() == ErrorCode::kNotFound) return config;
  return Status(tables.status().code(),
                tables.status().message() + "; mend the file or move it away");
}

Status KvConfig::Commit(Tables tables) {
  protocol::JsonWriter writer;
  writer.BeginObject();
  writer.Key("configTable");
  writer.BeginObject();
  for (const auto& [space, table] : tables) writer.StringObject(space, table);
  writer.EndObject();
  writer.EndObject();
  std::string text = writer.Take();
  if (text.size() > kMaxKvConfigBytes) {
    return {ErrorCode::kResourceExhausted, "the KV configuration would grow past 8 MiB"};
  }
  REWIND_TRY(MakeDirectories(Folder(path_)));
  REWIND_TRY(SaveMetadataFile(RealFileSystem(), path_, text));
  tables_ = std::move(tables);
  return Status::Ok();
}

Status KvConfig::Put(const std::string& space, const std::string& key, const std::string& value) {
  Tables tables = tables_;
  tables[space][key] = value;
  return Commit(std::move(tables));
}

// Deleting what is not there succeeds, as at Apache's. The namespace stays, empty.
Status KvConfig::Delete(const std::string& space, const std::string& key) {
  auto table = tables_.find(space);
  if (table == tables_.end() || table->second.count(key) == 0) return Status::Ok();
  Tables tables = tables_;
  tables[space].erase(key);
  return Commit(std::move(tables));
}

std::optional<std::string> KvConfig::Find(const std::string& space, const std::string& key) const {
  const protocol::KvTable* table = Namespace(space);
  if (table == nullptr) return std::nullopt;
  auto value = table->find(key);
  if (value == table->end()) return std::nullopt;
  return value->second;
}

const protocol::KvTable* KvConfig::Namespace(const std::string& space) const {
  auto table = tables_.find(space);
  return table == tables_.end() ? nullptr : &table->second;
}

}  // namespace rewindmq::nameserver
