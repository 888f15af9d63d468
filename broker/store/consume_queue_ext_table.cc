#include "broker/store/consume_queue_ext_table.h"

#include <algorithm>
#include <mutex>

#include "broker/store/queue_name.h"
#include "common/base/log.h"
#include "common/base/parse.h"

namespace rewindmq::store {
namespace {

// How many units without an extension are looked through for one that has it.
constexpr int64_t kMaxLooks = 1000;

struct Found {
  std::optional<int64_t> address;
  bool complete = false;  // no further unit of the queue could have one
};

Found LastAddress(const ConsumeQueue& queue) {
  int64_t offset = queue.max_offset();
  for (int64_t looks = 0; looks < kMaxLooks; ++looks) {
    std::optional<ConsumeQueueUnit> unit = queue.At(--offset);
    if (!unit.has_value()) return {std::nullopt, true};
    if (IsQueueExtAddress(unit->tags_code)) return {unit->tags_code, true};
  }
  return {};
}

std::optional<int64_t> FirstAddress(const ConsumeQueue& queue) {
  const int64_t first = queue.min_offset();
  for (int64_t offset = first; offset < first + kMaxLooks; ++offset) {
    std::optional<ConsumeQueueUnit> unit = queue.At(offset);
    if (!unit.has_value()) return std::nullopt;
    if (IsQueueExtAddress(unit->tags_code)) return unit->tags_code;
  }
  return std::nullopt;
}

}  // namespace

Status ConsumeQueueExtTable::Load() {
  FileSystem& files = options_.disk->files();
  if (!files.Exists(options_.directory)) return Status::Ok();
  REWIND_TRY_ASSIGN(std::vector<std::string> topics, files.List(options_.directory));
  for (const std::string& topic : topics) {
    if (CheckQueueName(topic, 0).ok()) REWIND_TRY(LoadTopic(topic));
  }
  return Status::Ok();
}

Status ConsumeQueueExtTable::LoadTopic(const std::string& topic) {
  REWIND_TRY_ASSIGN(std::vector<std::string> names,
                    options_.disk->files().List(options_.directory + "/" + topic));
  for (const std::string& id : names) {
    Result<int32_t> queue_id = ParseInt32(id, "queue folder");
    if (!queue_id.ok() || !CheckQueueName(topic, *queue_id).ok()) continue;
    Name name(topic, *queue_id);
    Status loaded = FindOrCreate(name)->Load();
    if (loaded.ok()) continue;
    if (loaded.code() != ErrorCode::kCorruption && loaded.code() != ErrorCode::kInvalidArgument) {
      return loaded;
    }
    spdlog::warn("{} is not used: {}", FolderOf(name), loaded.message());
    std::unique_lock lock(mutex_);
    extensions_[name] = nullptr;
  }
  return Status::Ok();
}

std::string ConsumeQueueExtTable::FolderOf(const Name& name) const {
  return options_.directory + "/" + name.first + "/" + std::to_string(name.second);
}

std::shared_ptr<ConsumeQueueExt> ConsumeQueueExtTable::Find(const Name& name) const {
  std::shared_lock lock(mutex_);
  auto found = extensions_.find(name);
  return found == extensions_.end() ? nullptr : found->second;
}

std::shared_ptr<ConsumeQueueExt> ConsumeQueueExtTable::FindOrCreate(const Name& name) {
  std::unique_lock lock(mutex_);
  auto [found, is_new] = extensions_.try_emplace(name);
  if (is_new) {
    found->second =
        std::make_shared<ConsumeQueueExt>(options_.disk, FolderOf(name), options_.segment_bytes);
  }
  return found->second;
}

ConsumeQueueExtTable::Extensions ConsumeQueueExtTable::All() const {
  std::shared_lock lock(mutex_);
  Extensions all = extensions_;
  std::erase_if(all, [](const auto& entry) { return entry.second == nullptr; });
  return all;
}

std::optional<QueueExtUnit> ConsumeQueueExtTable::At(std::string_view topic, int32_t queue_id,
                                                     int64_t address) const {
  std::shared_ptr<ConsumeQueueExt> found = Find(Name(topic, queue_id));
  return found == nullptr ? std::nullopt : found->At(address);
}

int64_t ConsumeQueueExtTable::Append(std::string_view topic, int32_t queue_id,
                                     const QueueExtUnit& unit) {
  std::shared_ptr<ConsumeQueueExt> found = FindOrCreate(Name(topic, queue_id));
  if (found == nullptr) return unit.tags_code;
  Result<int64_t> address = found->Append(unit);
  return address.ok() ? *address : unit.tags_code;
}

Status ConsumeQueueExtTable::Flush() {
  for (const auto& [name, extension] : All()) REWIND_TRY(extension->Flush());
  return Status::Ok();
}

Status ConsumeQueueExtTable::CutTo(const QueueTable& queues) {
  for (const auto& [name, extension] : All()) {
    std::shared_ptr<ConsumeQueue> queue = queues.Find(name.first, name.second);
    Found last = queue == nullptr ? Found{std::nullopt, true} : LastAddress(*queue);
    if (last.complete) REWIND_TRY(extension->CutBehind(last.address));
  }
  return Status::Ok();
}

Status ConsumeQueueExtTable::TrimTo(const QueueTable& queues) {
  for (const auto& [name, extension] : All()) {
    std::shared_ptr<ConsumeQueue> queue = queues.Find(name.first, name.second);
    if (queue == nullptr) continue;
    if (auto first = FirstAddress(*queue)) REWIND_TRY(extension->RemoveBefore(*first));
  }
  return Status::Ok();
}

Status ConsumeQueueExtTable::Remove(std::string_view topic) {
  {
    std::unique_lock lock(mutex_);
    std::erase_if(extensions_, [&](const auto& entry) { return entry.first.first == topic; });
  }
  return options_.disk->files().RemoveTree(options_.directory + "/" + std::string(topic));
}

}  // namespace rewindmq::store
