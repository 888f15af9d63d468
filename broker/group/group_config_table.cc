#include "broker/group/group_config_table.h"

#include "common/base/log.h"
#include "common/base/metadata_file.h"
#include "common/protocol/topic_names.h"

namespace rewindmq::broker {

using protocol::SubscriptionGroupConfig;
using protocol::SubscriptionGroupTable;

namespace {

// MixAll's groups for tools and system consumers.
constexpr std::string_view kBuiltInGroups[] = {
    "TOOLS_CONSUMER",  "FILTERSRV_CONSUMER",    "SELF_TEST_C_GROUP", "CID_ONS-HTTP-PROXY",
    "CID_ONSAPI_PULL", "CID_ONSAPI_PERMISSION", "CID_ONSAPI_OWNER",
};

}  // namespace

Result<std::unique_ptr<GroupConfigTable>> GroupConfigTable::Load(std::string path, bool auto_create,
                                                                 const Clock* clock,
                                                                 FileSystem& files) {
  std::unique_ptr<GroupConfigTable> groups(new GroupConfigTable(path, auto_create, clock, &files));
  Result<SubscriptionGroupTable> table =
      LoadMetadataFile<SubscriptionGroupTable>(files, path, protocol::DecodeSubscriptionGroupTable);
  if (table.ok()) {
    groups->table_ = std::move(*table);
  } else if (table.status().code() != ErrorCode::kNotFound) {
    return table.status();
  }
  bool added = false;
  for (std::string_view name : kBuiltInGroups) {
    SubscriptionGroupConfig config;
    config.group_name = name;
    added |= groups->table_.groups.emplace(std::string(name), config).second;
  }
  if (added) REWIND_TRY(groups->Persist());
  return groups;
}

Status GroupConfigTable::Persist() {
  table_.data_version.Next(clock_->WallMs());
  return SaveMetadataFile(*files_, path_, protocol::EncodeSubscriptionGroupTable(table_));
}

std::optional<SubscriptionGroupConfig> GroupConfigTable::Find(std::string_view group) const {
  std::lock_guard lock(mutex_);
  auto it = table_.groups.find(std::string(group));
  if (it == table_.groups.end()) return std::nullopt;
  return it->second;
}

std::optional<SubscriptionGroupConfig> GroupConfigTable::FindOrCreate(std::string_view group) {
  std::lock_guard lock(mutex_);
  auto it = table_.groups.find(std::string(group));
  if (it != table_.groups.end()) return it->second;
  if (!auto_create_ || !protocol::ValidateGroupName(group).ok()) return std::nullopt;
  SubscriptionGroupConfig config;
  config.group_name = group;
  table_.groups.emplace(std::string(group), config);
  if (Status persisted = Persist(); !persisted.ok()) {
    spdlog::error("group {} is known but not on disk: {}", group, persisted.message());
  }
  return config;
}

Status GroupConfigTable::Put(SubscriptionGroupConfig config) {
  std::lock_guard lock(mutex_);
  std::string name = config.group_name;
  table_.groups[name] = std::move(config);
  return Persist();
}

Status GroupConfigTable::Remove(std::string_view group) {
  std::lock_guard lock(mutex_);
  if (table_.groups.erase(std::string(group)) == 0) return Status::Ok();
  return Persist();
}

SubscriptionGroupTable GroupConfigTable::Snapshot() const {
  std::lock_guard lock(mutex_);
  return table_;
}

}  // namespace rewindmq::broker
