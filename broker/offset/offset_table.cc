#include "broker/offset/offset_table.h"

#include <utility>

#include "common/base/metadata_file.h"
#include "common/base/parse.h"
#include "common/protocol/java_json.h"
#include "common/protocol/json_header.h"

namespace rewindmq::broker {
namespace {

constexpr char kSeparator = '@';

std::string KeyOf(std::string_view group, std::string_view topic) {
  std::string key;
  key.reserve(topic.size() + 1 + group.size());
  return key.append(topic).append(1, kSeparator).append(group);
}

// Neither name can hold an '@', so the first one is the separator.
std::pair<std::string, std::string> TopicAndGroup(const std::string& key) {
  size_t at = key.find(kSeparator);
  if (at == std::string::npos) return {key, ""};
  return {key.substr(0, at), key.substr(at + 1)};
}

}  // namespace

// RocketMQ's own form: integer keys unquoted, one topic and group a line.
std::string OffsetTable::Encode(const Table& table) {
  std::string text = "{\n\t\"offsetTable\":{";
  bool first_key = true;
  for (const auto& [key, queues] : table) {
    text += first_key ? "\n\t\t" : ",\n\t\t";
    first_key = false;
    protocol::AppendJsonString(key, &text);
    text += ":{";
    bool first_queue = true;
    for (const auto& [queue_id, offset] : queues) {
      if (!first_queue) text += ',';
      first_queue = false;
      text += std::to_string(queue_id) + ":" + std::to_string(offset);
    }
    text += '}';
  }
  return text + "\n\t}\n}";
}

Result<OffsetTable::Table> OffsetTable::Decode(std::string_view text) {
  REWIND_TRY_ASSIGN(nlohmann::json document, protocol::ParseJavaObject(text));
  protocol::JsonMembers members(document);
  const nlohmann::json* entries = members.Object("offsetTable");
  REWIND_TRY(members.status());
  Table table;
  if (entries == nullptr) return table;
  for (const auto& [key, queues] : entries->items()) {
    if (!queues.is_object()) {
      return Status(ErrorCode::kCorruption, "offsets of " + key + " are not an object");
    }
    for (const auto& [queue, offset] : queues.items()) {
      REWIND_TRY_ASSIGN(int32_t queue_id, ParseInt32(queue, "queue id of " + key));
      if (!offset.is_number_integer()) {
        return Status(ErrorCode::kCorruption, "an offset of " + key + " is not a number");
      }
      table[key][queue_id] = offset.get<int64_t>();
    }
  }
  return table;
}

Result<std::unique_ptr<OffsetTable>> OffsetTable::Load(const std::string& config_directory,
                                                       FileSystem& files) {
  std::unique_ptr<OffsetTable> offsets(new OffsetTable(config_directory, &files));
  for (auto [path, table] : {std::pair(&offsets->offsets_path_, &offsets->offsets_),
                             std::pair(&offsets->resets_path_, &offsets->resets_)}) {
    Result<Table> loaded = LoadMetadataFile<Table>(files, *path, Decode);
    if (loaded.ok()) {
      *table = std::move(*loaded);
    } else if (loaded.status().code() != ErrorCode::kNotFound) {
      return loaded.status();
    }
  }
  // Both files are written for a reset; should a crash have come between them, the reset holds.
  for (const auto& [key, queues] : offsets->resets_) {
    for (const auto& [queue_id, offset] : queues) offsets->offsets_[key][queue_id] = offset;
  }
  return offsets;
}

OffsetTable::Committed OffsetTable::Commit(std::string_view group, std::string_view topic,
                                           int32_t queue_id, int64_t offset) {
  std::string key = KeyOf(group, topic);
  std::lock_guard lock(mutex_);
  if (!resets_.empty()) {
    auto reset = resets_.find(key);
    if (reset != resets_.end() && reset->second.count(queue_id) > 0) {
      return Committed::kIgnoredResetPending;
    }
  }
  offsets_[key][queue_id] = offset;
  offsets_dirty_ = true;
  return Committed::kStored;
}

std::optional<int64_t> OffsetTable::Lookup(const Table& table, std::string_view group,
                                           std::string_view topic, int32_t queue_id) {
  if (table.empty()) return std::nullopt;
  auto queues = table.find(KeyOf(group, topic));
  if (queues == table.end()) return std::nullopt;
  auto offset = queues->second.find(queue_id);
  if (offset == queues->second.end()) return std::nullopt;
  return offset->second;
}

std::optional<int64_t> OffsetTable::Find(std::string_view group, std::string_view topic,
                                         int32_t queue_id) const {
  std::lock_guard lock(mutex_);
  return Lookup(offsets_, group, topic, queue_id);
}

std::optional<int64_t> OffsetTable::PendingReset(std::string_view group, std::string_view topic,
                                                 int32_t queue_id) const {
  std::lock_guard lock(mutex_);
  return Lookup(resets_, group, topic, queue_id);
}

QueueOffsets OffsetTable::FindAll(std::string_view group, std::string_view topic) const {
  std::lock_guard lock(mutex_);
  auto queues = offsets_.find(KeyOf(group, topic));
  return queues == offsets_.end() ? QueueOffsets() : queues->second;
}

std::vector<std::string> OffsetTable::TopicsOf(std::string_view group) const {
  std::vector<std::string> topics;
  std::lock_guard lock(mutex_);
  for (const auto& [key, queues] : offsets_) {
    auto [topic, owner] = TopicAndGroup(key);
    if (owner == group) topics.push_back(std::move(topic));
  }
  return topics;
}

std::vector<std::string> OffsetTable::GroupsOf(std::string_view topic) const {
  std::vector<std::string> groups;
  std::lock_guard lock(mutex_);
  for (const auto& [key, queues] : offsets_) {
    auto [name, group] = TopicAndGroup(key);
    if (name == topic) groups.push_back(std::move(group));
  }
  return groups;
}

Status OffsetTable::AssignReset(std::string_view group, std::string_view topic,
                                const QueueOffsets& targets) {
  std::string key = KeyOf(group, topic);
  std::lock_guard file_lock(file_mutex_);
  Table resets;
  {
    std::lock_guard lock(mutex_);
    resets = resets_;
  }
  for (const auto& [queue_id, offset] : targets) resets[key][queue_id] = offset;
  // One file decides: what resetOffset.json says wins over consumerOffset.json at the next start.
  REWIND_TRY(SaveMetadataFile(*files_, resets_path_, Encode(resets)));
  std::lock_guard lock(mutex_);
  for (const auto& [queue_id, offset] : targets) {
    resets_[key][queue_id] = offset;
    offsets_[key][queue_id] = offset;
  }
  offsets_dirty_ = true;
  return Status::Ok();
}

void OffsetTable::ResetFollowed(std::string_view group, std::string_view topic, int32_t queue_id) {
  std::lock_guard lock(mutex_);
  auto queues = resets_.find(KeyOf(group, topic));
  if (queues == resets_.end() || queues->second.erase(queue_id) == 0) return;
  if (queues->second.empty()) resets_.erase(queues);
  resets_dirty_ = true;
}

template <typename Condition>
void OffsetTable::RemoveIf(Condition condition) {
  std::lock_guard lock(mutex_);
  auto drop = [&](const auto& entry) { return condition(TopicAndGroup(entry.first)); };
  if (std::erase_if(offsets_, drop) > 0) offsets_dirty_ = true;
  if (std::erase_if(resets_, drop) > 0) resets_dirty_ = true;
}

void OffsetTable::RemoveTopic(std::string_view topic) {
  RemoveIf([&](const auto& names) { return names.first == topic; });
}

void OffsetTable::RemoveGroup(std::string_view group) {
  RemoveIf([&](const auto& names) { return names.second == group; });
}

std::string OffsetTable::Text() const {
  std::lock_guard lock(mutex_);
  return Encode(offsets_);
}

// Offsets before resets: a reset may leave its file only when the offsets it gave are on disk.
Status OffsetTable::Persist() {
  std::lock_guard file_lock(file_mutex_);
  std::string offsets;
  std::string resets;
  {
    std::lock_guard lock(mutex_);
    if (offsets_dirty_) offsets = Encode(offsets_);
    if (resets_dirty_) resets = Encode(resets_);
    offsets_dirty_ = false;
    resets_dirty_ = false;
  }
  Status written;
  if (!offsets.empty()) written = SaveMetadataFile(*files_, offsets_path_, offsets);
  if (written.ok() && !resets.empty()) written = SaveMetadataFile(*files_, resets_path_, resets);
  if (!written.ok()) {
    std::lock_guard lock(mutex_);
    offsets_dirty_ = offsets_dirty_ || !offsets.empty();
    resets_dirty_ = resets_dirty_ || !resets.empty();
  }
  return written;
}

}  // namespace rewindmq::broker
