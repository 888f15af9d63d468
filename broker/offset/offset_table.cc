#include "broker/offset/offset_table.h"

#include <iterator>
#include <utility>

#include "common/base/metadata_file.h"

namespace rewindmq::broker {
std::string OffsetTable::Encode(const OffsetsByKey& table) {
  std::string text = "{";
  AppendOffsets("offsetTable", table, &text);
  return text + "\n}";
}

namespace {

template <typename T, typename Decode>
Status LoadInto(FileSystem& files, const std::string& path, Decode decode, T* value) {
  Result<T> loaded = LoadMetadataFile<T>(files, path, decode);
  if (loaded.ok()) {
    *value = std::move(*loaded);
  } else if (loaded.status().code() != ErrorCode::kNotFound) {
    return loaded.status();
  }
  return Status::Ok();
}

}  // namespace

Result<std::unique_ptr<OffsetTable>> OffsetTable::Load(const std::string& config_directory,
                                                       FileSystem& files) {
  std::unique_ptr<OffsetTable> offsets(new OffsetTable(config_directory, &files));
  REWIND_TRY(LoadInto(
      files, offsets->offsets_path_,
      [](std::string_view text) { return ReadOffsets("offsetTable", text); }, &offsets->offsets_));
  REWIND_TRY(LoadInto(files, offsets->resets_path_, PendingResets::Decode, &offsets->resets_));
  // Both files are written for a reset; should a crash have come between them, the reset holds.
  for (const auto& [key, queues] : offsets->resets_.Targets()) {
    for (const auto& [queue_id, offset] : queues) offsets->offsets_[key][queue_id] = offset;
  }
  return offsets;
}

OffsetTable::Committed OffsetTable::Commit(std::string_view group, std::string_view topic,
                                           int32_t queue_id, int64_t offset) {
  std::string key = OffsetKey(group, topic);
  std::lock_guard lock(mutex_);
  auto reset = resets_.Find(key, {}, queue_id);
  if (reset && !reset->followed) return Committed::kIgnoredResetPending;
  offsets_[key][queue_id] = offset;
  offsets_dirty_ = true;
  return Committed::kStored;
}

const int64_t* OffsetTable::FindOffset(std::string_view key, int32_t queue_id) const {
  auto queues = offsets_.find(key);
  if (queues == offsets_.end()) return nullptr;
  auto offset = queues->second.find(queue_id);
  return offset == queues->second.end() ? nullptr : &offset->second;
}

bool OffsetTable::FillIn(std::string_view key, int32_t queue_id, ResetPlace* place) const {
  if (!place->followed) return true;
  const int64_t* committed = FindOffset(key, queue_id);
  if (committed == nullptr) return false;
  place->offset = *committed;
  return true;
}

std::optional<int64_t> OffsetTable::Find(std::string_view group, std::string_view topic,
                                         int32_t queue_id) const {
  std::string key = OffsetKey(group, topic);
  std::lock_guard lock(mutex_);
  const int64_t* offset = FindOffset(key, queue_id);
  return offset == nullptr ? std::nullopt : std::optional(*offset);
}

std::optional<ResetPlace> OffsetTable::ResetOf(std::string_view group, std::string_view topic,
                                               int32_t queue_id, std::string_view client_id) const {
  std::lock_guard lock(mutex_);
  if (resets_.empty()) return std::nullopt;
  std::string key = OffsetKey(group, topic);
  auto place = resets_.Find(key, client_id, queue_id);
  return place && FillIn(key, queue_id, &*place) ? place : std::nullopt;
}

ResetPlaces OffsetTable::ResetsOf(std::string_view group, std::string_view topic,
                                  std::string_view client_id) const {
  std::string key = OffsetKey(group, topic);
  std::lock_guard lock(mutex_);
  ResetPlaces places = resets_.FindAll(key, client_id);
  for (auto place = places.begin(); place != places.end();) {
    place = FillIn(key, place->first, &place->second) ? std::next(place) : places.erase(place);
  }
  return places;
}

bool OffsetTable::AnyReset() const {
  std::lock_guard lock(mutex_);
  return !resets_.empty();
}

QueueOffsets OffsetTable::FindAll(std::string_view group, std::string_view topic) const {
  std::lock_guard lock(mutex_);
  auto queues = offsets_.find(OffsetKey(group, topic));
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

Status OffsetTable::AssignReset(const ResetOrder& order) {
  std::lock_guard file_lock(file_mutex_);
  uint64_t number = reset_count_.load() + 1;
  auto assign = [&order, number](PendingResets* resets) {
    for (const auto& [topic, targets] : order.targets) {
      std::string key = OffsetKey(order.group, topic);
      if (order.members.empty()) resets->Assign(key, targets, number);
      for (const std::string& client_id : order.members) {
        resets->AssignMember(key, client_id, targets, order.members_until_ms, number);
      }
    }
  };
  PendingResets resets;
  {
    std::lock_guard lock(mutex_);
    resets = resets_;
  }
  assign(&resets);
  // One file decides: what resetOffset.json says wins over consumerOffset.json at the next start.
  REWIND_TRY(SaveMetadataFile(*files_, resets_path_, resets.Encode()));
  std::lock_guard lock(mutex_);
  // Not the copy: what was followed meanwhile is followed.
  assign(&resets_);
  reset_count_ = number;
  if (!order.members.empty()) return Status::Ok();
  for (const auto& [topic, targets] : order.targets) {
    QueueOffsets& queues = offsets_[OffsetKey(order.group, topic)];
    for (const auto& [queue_id, offset] : targets) queues[queue_id] = offset;
  }
  offsets_dirty_ = true;
  return Status::Ok();
}

void OffsetTable::ResetFollowed(std::string_view group, std::string_view topic, int32_t queue_id,
                                std::string_view client_id, int64_t until_ms) {
  std::lock_guard lock(mutex_);
  if (resets_.Follow(OffsetKey(group, topic), client_id, queue_id, until_ms)) resets_dirty_ = true;
}

size_t OffsetTable::ForgetResets(const PendingResets::Drop& drop, int64_t now_ms) {
  std::lock_guard lock(mutex_);
  if (resets_.empty()) return 0;
  size_t forgotten = resets_.ForgetIf(drop, now_ms);
  if (forgotten > 0) resets_dirty_ = true;
  return forgotten;
}

template <typename Condition>
void OffsetTable::RemoveIf(Condition condition) {
  std::lock_guard lock(mutex_);
  size_t removed = std::erase_if(offsets_, [&](const auto& entry) {
    auto [topic, group] = TopicAndGroup(entry.first);
    return condition(topic, group);
  });
  if (removed > 0) offsets_dirty_ = true;
  auto drop = [&](const std::string& topic, const std::string& group, int32_t) {
    return condition(topic, group);
  };
  constexpr int64_t kNobodyExpires = INT64_MIN;
  if (resets_.ForgetIf(drop, kNobodyExpires) > 0) resets_dirty_ = true;
}

void OffsetTable::RemoveTopic(std::string_view topic) {
  RemoveIf([&](std::string_view name, std::string_view) { return name == topic; });
}

void OffsetTable::RemoveGroup(std::string_view group) {
  RemoveIf([&](std::string_view, std::string_view name) { return name == group; });
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
    if (resets_dirty_) resets = resets_.Encode();
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
