#include "broker/store/queue_table.h"

#include <algorithm>
#include <mutex>

#include "broker/store/queue_name.h"
#include "common/base/crc32.h"
#include "common/base/log.h"
#include "common/base/parse.h"

namespace rewindmq::store {
namespace {

// A dot cannot be part of a topic's name, so such a folder is never mistaken for a topic.
constexpr std::string_view kDeletedPrefix = ".deleted.";
// From here on one sync of the whole file system is cheaper than one for each queue.
constexpr size_t kManyQueues = 32;

}  // namespace

Result<bool> QueueTable::Load() {
  REWIND_TRY(disk_->files().MakeDirectories(directory_));
  REWIND_TRY_ASSIGN(std::vector<std::string> names, disk_->files().List(directory_));
  bool whole = true;
  for (const std::string& name : names) {
    if (name.starts_with(kDeletedPrefix)) {
      REWIND_TRY(disk_->files().RemoveTree(directory_ + "/" + name));
    } else if (CheckQueueName(name, 0).ok()) {
      REWIND_TRY(LoadTopic(name, &whole));
    } else {
      spdlog::warn("{}/{} is no topic's folder and is left alone", directory_, name);
    }
  }
  return whole;
}

Status QueueTable::LoadTopic(const std::string& topic, bool* whole) {
  REWIND_TRY_ASSIGN(std::vector<std::string> names, disk_->files().List(directory_ + "/" + topic));
  for (const std::string& name : names) {
    Result<int32_t> queue_id = ParseInt32(name, "queue folder");
    if (!queue_id.ok() || !CheckQueueName(topic, *queue_id).ok()) {
      spdlog::warn("{}/{}/{} is no queue's folder and is left alone", directory_, topic, name);
      continue;
    }
    std::shared_ptr<ConsumeQueue> queue = FindOrCreate(topic, *queue_id);
    Status loaded = queue->Load();
    if (loaded.ok()) continue;
    if (loaded.code() != ErrorCode::kCorruption) return loaded;
    spdlog::error("consume queues will be built again: {}", loaded.message());
    *whole = false;
  }
  return Status::Ok();
}

std::shared_ptr<ConsumeQueue> QueueTable::Find(std::string_view topic, int32_t queue_id) const {
  std::shared_lock lock(mutex_);
  auto queues = topics_.find(topic);
  if (queues == topics_.end()) return nullptr;
  auto queue = queues->second.find(queue_id);
  return queue == queues->second.end() ? nullptr : queue->second;
}

std::shared_ptr<ConsumeQueue> QueueTable::FindOrCreate(std::string_view topic, int32_t queue_id) {
  if (std::shared_ptr<ConsumeQueue> found = Find(topic, queue_id)) return found;
  std::unique_lock lock(mutex_);
  std::shared_ptr<ConsumeQueue>& queue = topics_[std::string(topic)][queue_id];
  if (queue == nullptr) {
    std::string folder = directory_ + "/" + std::string(topic) + "/" + std::to_string(queue_id);
    queue = std::make_shared<ConsumeQueue>(disk_, std::move(folder), segment_bytes_);
  }
  return queue;
}

std::vector<std::shared_ptr<ConsumeQueue>> QueueTable::All() const {
  std::shared_lock lock(mutex_);
  std::vector<std::shared_ptr<ConsumeQueue>> all;
  for (const auto& [topic, queues] : topics_) {
    for (const auto& [id, queue] : queues) all.push_back(queue);
  }
  return all;
}

std::vector<std::string> QueueTable::Topics() const {
  std::vector<std::string> topics;
  std::shared_lock lock(mutex_);
  for (const auto& [topic, queues] : topics_) topics.push_back(topic);
  return topics;
}

bool QueueTable::empty() const {
  std::shared_lock lock(mutex_);
  return topics_.empty();
}

int64_t QueueTable::Digest() const {
  std::shared_lock lock(mutex_);
  int64_t sum = 0;
  for (const auto& [topic, queues] : topics_) {
    for (const auto& [id, queue] : queues) {
      const int64_t max = queue->max_offset();
      if (max == 0) continue;  // no file has to tell of it
      sum += Crc32(topic + "/" + std::to_string(id) + ":" + std::to_string(max));
    }
  }
  return sum;
}

Status QueueTable::Flush() {
  std::vector<std::pair<std::shared_ptr<ConsumeQueue>, int64_t>>
      dirty;  // with what is to be synced
  for (const std::shared_ptr<ConsumeQueue>& queue : All()) {
    int64_t max = queue->max_offset();
    if (queue->flushed_offset() < max) dirty.emplace_back(queue, max);
  }
  if (dirty.size() >= kManyQueues) {
    Status synced = disk_->SyncEverything(directory_);
    if (synced.ok()) {
      for (const auto& [queue, max] : dirty) queue->MarkFlushed(max);
      return Status::Ok();
    }
    if (synced.code() != ErrorCode::kInvalidArgument) return synced;
  }
  for (const auto& [queue, max] : dirty) REWIND_TRY(queue->Flush());
  return Status::Ok();
}

Result<std::string> QueueTable::HideFolder(const std::string& topic) {
  const std::string hidden = directory_ + "/" + std::string(kDeletedPrefix) + topic + "." +
                             std::to_string(++hidden_folders_);
  FileSystem& files = disk_->files();
  Status renamed = files.Rename(directory_ + "/" + topic, hidden);
  if (!renamed.ok() && renamed.code() != ErrorCode::kNotFound) return renamed;
  REWIND_TRY(files.SyncDirectory(directory_));
  return hidden;
}

Result<std::string> QueueTable::Remove(std::string_view topic) {
  std::string name(topic);
  std::unique_lock lock(mutex_);
  Result<std::string> hidden = HideFolder(name);
  // As long as the old folder is there its queues stay: new ones would write between their units.
  if (hidden.ok() || !disk_->files().Exists(directory_ + "/" + name)) topics_.erase(name);
  return hidden;
}

Status QueueTable::RemoveDeleted(const DeletedTopics& deleted) {
  std::vector<std::string> left;
  {
    std::shared_lock lock(mutex_);
    for (const auto& [topic, queues] : topics_) {
      // A topic that was made again starts with a record behind the deletion.
      bool is_left =
          std::any_of(queues.begin(), queues.end(), [&, &name = topic](const auto& entry) {
            std::optional<ConsumeQueueUnit> first = entry.second->At(entry.second->min_offset());
            return first.has_value() && !first->IsBlank() &&
                   deleted.Contains(name, first->physical_offset);
          });
      if (is_left) left.push_back(topic);
    }
  }
  for (const std::string& topic : left) {
    spdlog::warn("topic {} was deleted, its queues are removed now", topic);
    REWIND_TRY_ASSIGN(std::string hidden, Remove(topic));
    REWIND_TRY(disk_->files().RemoveTree(hidden));
  }
  return Status::Ok();
}

Status QueueTable::RemoveAll() {
  std::unique_lock lock(mutex_);
  for (const auto& [topic, queues] : topics_) {
    REWIND_TRY_ASSIGN(std::string hidden, HideFolder(topic));
    REWIND_TRY(disk_->files().RemoveTree(hidden));
  }
  topics_.clear();
  return Status::Ok();
}

}  // namespace rewindmq::store
