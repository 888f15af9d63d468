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
  if (added) REWIND_TRY(groups->Replace(groups->table_));
  return groups;
}

Status GroupConfigTable::Replace(SubscriptionGroupTable next) {
  next.data_version.Next(clock_->WallMs());
  REWIND_TRY(SaveMetadataFile(*files_, path_, protocol::EncodeSubscriptionGroupTable(next)));
  table_ = std::move(next);
  return Status::Ok();
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
  SubscriptionGroupTable next = table_;
  next.groups.emplace(std::string(group), config);
  if (Status kept = Replace(std::move(next)); !kept.ok()) {
    // It may consume all the same; its next request tries again.
    spdlog::error("group {} is not on disk: {}", group, kept.message());
  }
  return config;
}

Status GroupConfigTable::Put(SubscriptionGroupConfig config) { return PutAll({std::move(config)}); }

Status GroupConfigTable::PutAll(const std::vector<SubscriptionGroupConfig>& configs) {
  std::lock_guard lock(mutex_);
  SubscriptionGroupTable next = table_;
  for (const SubscriptionGroupConfig& config : configs) next.groups[config.group_name] = config;
  return Replace(std::move(next));
}

Status GroupConfigTable::Remove(std::string_view group) {
  std::lock_guard lock(mutex_);
  SubscriptionGroupTable next = table_;
  bool known = next.groups.erase(std::string(group)) > 0;
  known = next.forbidden.erase(std::string(group)) > 0 || known;
  return known ? Replace(std::move(next)) : Status::Ok();
}

Status GroupConfigTable::SetReadable(const std::string& group, const std::string& topic,
                                     bool readable) {
  std::lock_guard lock(mutex_);
  SubscriptionGroupTable next = table_;
  int32_t& bits = next.forbidden[group][topic];
  bits = readable ? bits & ~protocol::kForbiddenRead : bits | protocol::kForbiddenRead;
  if (bits == 0) next.forbidden[group].erase(topic);
  if (next.forbidden[group].empty()) next.forbidden.erase(group);
  return Replace(std::move(next));
}

bool GroupConfigTable::IsReadable(std::string_view group, std::string_view topic) const {
  std::lock_guard lock(mutex_);
  if (table_.forbidden.empty()) return true;
  auto topics = table_.forbidden.find(std::string(group));
  if (topics == table_.forbidden.end()) return true;
  auto bits = topics->second.find(std::string(topic));
  return bits == topics->second.end() || (bits->second & protocol::kForbiddenRead) == 0;
}

SubscriptionGroupTable GroupConfigTable::Snapshot() const {
  std::lock_guard lock(mutex_);
  return table_;
}

}  // namespace rewindmq::broker
