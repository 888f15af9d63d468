#include "broker/topic/topic_table.h"

#include <algorithm>

#include "common/base/log.h"
#include "common/base/metadata_file.h"
#include "common/protocol/topic_names.h"

namespace rewindmq::broker {

using protocol::TopicConfig;
using protocol::TopicConfigTable;

Result<std::unique_ptr<TopicTable>> TopicTable::Load(std::string path, const Clock* clock,
                                                     FileSystem& files) {
  std::unique_ptr<TopicTable> topics(new TopicTable(path, clock, &files));
  Result<TopicConfigTable> table =
      LoadMetadataFile<TopicConfigTable>(files, path, protocol::DecodeTopicConfigTable);
  if (table.ok()) {
    topics->table_ = std::move(*table);
  } else if (table.status().code() != ErrorCode::kNotFound) {
    return table.status();
  }
  return topics;
}

std::optional<TopicConfig> TopicTable::Find(std::string_view topic) const {
  std::lock_guard lock(mutex_);
  auto it = table_.topics.find(std::string(topic));
  if (it == table_.topics.end()) return std::nullopt;
  return it->second;
}

TopicConfigTable TopicTable::Snapshot() const {
  std::lock_guard lock(mutex_);
  return table_;
}

Status TopicTable::Replace(TopicConfigTable next) {
  next.data_version.Next(clock_->WallMs());
  REWIND_TRY(SaveMetadataFile(*files_, path_, protocol::EncodeTopicConfigTable(next)));
  table_ = std::move(next);
  return Status::Ok();
}

Status TopicTable::PutLocked(const std::vector<TopicConfig>& configs, bool* changed) {
  TopicConfigTable next = table_;
  *changed = false;
  for (const TopicConfig& config : configs) {
    auto it = next.topics.find(config.topic_name);
    if (it != next.topics.end() && it->second == config) continue;
    next.topics[config.topic_name] = config;
    *changed = true;
  }
  return *changed ? Replace(std::move(next)) : Status::Ok();
}

Status TopicTable::Put(TopicConfig config) { return PutAll({std::move(config)}); }

Status TopicTable::PutAll(const std::vector<TopicConfig>& configs) {
  bool changed = false;
  {
    std::lock_guard lock(mutex_);
    REWIND_TRY(PutLocked(configs, &changed));
  }
  if (changed && on_change_) on_change_();
  return Status::Ok();
}

Status TopicTable::AddBuiltIn(const std::vector<TopicConfig>& topics) {
  std::lock_guard lock(mutex_);
  TopicConfigTable next = table_;
  bool added = false;
  for (const TopicConfig& topic : topics) {
    added |= next.topics.emplace(topic.topic_name, topic).second;
  }
  return added ? Replace(std::move(next)) : Status::Ok();
}

Status TopicTable::Remove(std::string_view topic) {
  {
    std::lock_guard lock(mutex_);
    TopicConfigTable next = table_;
    if (next.topics.erase(std::string(topic)) == 0) return Status::Ok();
    REWIND_TRY(Replace(std::move(next)));
  }
  if (on_change_) on_change_();
  return Status::Ok();
}

Result<TopicConfig> TopicTable::FindOrCreate(std::string_view topic, std::string_view default_topic,
                                             int32_t client_queue_nums) {
  TopicConfig created;
  {
    std::lock_guard lock(mutex_);
    auto it = table_.topics.find(std::string(topic));
    if (it != table_.topics.end()) return it->second;
    auto parent = table_.topics.find(std::string(default_topic));
    if (parent == table_.topics.end() || (parent->second.perm & protocol::kPermInherit) == 0) {
      return Status(ErrorCode::kNotFound,
                    "topic[" + std::string(topic) + "] not exist, apply first please!");
    }
    REWIND_TRY(protocol::ValidateTopicName(topic));
    int32_t queue_nums =
        std::max(std::min(client_queue_nums, parent->second.write_queue_nums), int32_t{1});
    created.topic_name = topic;
    created.read_queue_nums = queue_nums;
    created.write_queue_nums = queue_nums;
    created.perm = parent->second.perm & ~protocol::kPermInherit;
    created.topic_filter_type = parent->second.topic_filter_type;
    bool changed = false;
    REWIND_TRY(PutLocked({created}, &changed));
  }
  spdlog::info("topic {} created with {} queues by its first send", topic,
               created.write_queue_nums);
  if (on_change_) on_change_();
  return created;
}

Result<TopicConfig> TopicTable::FindOrAdd(const TopicConfig& wanted) {
  {
    std::lock_guard lock(mutex_);
    auto it = table_.topics.find(wanted.topic_name);
    if (it != table_.topics.end()) return it->second;
    REWIND_TRY(protocol::ValidateTopicName(wanted.topic_name));
    bool changed = false;
    REWIND_TRY(PutLocked({wanted}, &changed));
  }
  spdlog::info("topic {} created with {} queues", wanted.topic_name, wanted.write_queue_nums);
  if (on_change_) on_change_();
  return wanted;
}

Status TopicTable::EnsureRetryTopic(std::string_view group, int32_t queue_nums, bool order,
                                    int32_t topic_sys_flag) {
  std::string name = protocol::RetryTopic(group);
  {
    std::lock_guard lock(mutex_);
    if (table_.topics.count(name) > 0) return Status::Ok();
    TopicConfig retry;
    retry.topic_name = name;
    retry.read_queue_nums = queue_nums;
    retry.write_queue_nums = queue_nums;
    retry.perm = protocol::kPermRead | protocol::kPermWrite;
    retry.order = order;
    retry.topic_sys_flag = topic_sys_flag;
    bool changed = false;
    REWIND_TRY(PutLocked({std::move(retry)}, &changed));
  }
  if (on_change_) on_change_();
  return Status::Ok();
}

}  // namespace rewindmq::broker
