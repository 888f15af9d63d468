#pragma once
// The broker's topics: how many queues each has and what may be done with it (TopicConfigManager).
// Kept in config/topics.json, replaced atomically at every change; a change is durable when the
// call that made it returns. Thread safety: every method may be called from any thread; the change
// listener runs on the caller's thread, outside of the lock.

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/base/status.h"
#include "common/protocol/topic_config.h"

namespace rewindmq::broker {

class TopicTable {
 public:
  // kCorruption when neither the file nor its previous copy can be read.
  static Result<std::unique_ptr<TopicTable>> Load(std::string path, const Clock* clock,
                                                  FileSystem& files = RealFileSystem());

  std::optional<protocol::TopicConfig> Find(std::string_view topic) const;
  protocol::TopicConfigTable Snapshot() const;

  // Adds or replaces, all or none; equal ones change nothing. Tells the listener of a change.
  Status Put(protocol::TopicConfig config);
  Status PutAll(const std::vector<protocol::TopicConfig>& configs);
  // Adds those that are missing, without telling the listener. For start-up.
  Status AddBuiltIn(const std::vector<protocol::TopicConfig>& topics);
  Status Remove(std::string_view topic);

  // The topic, made from `default_topic` when it is missing and that one may be inherited
  // (createTopicInSendMessageMethod): the smaller of both queue counts, its permissions without
  // inheritance. kNotFound when it cannot be made.
  Result<protocol::TopicConfig> FindOrCreate(std::string_view topic, std::string_view default_topic,
                                             int32_t client_queue_nums);
  // The topic as it is, or made as given (createTopicInSendMessageBackMethod).
  Result<protocol::TopicConfig> FindOrAdd(const protocol::TopicConfig& wanted);
  // The same for a group's retry topic (createTopicInSendMessageBackMethod).
  Status EnsureRetryTopic(std::string_view group, int32_t queue_nums, bool order = false,
                          int32_t topic_sys_flag = 0);

  void OnChange(std::function<void()> listener) { on_change_ = std::move(listener); }

 private:
  TopicTable(std::string path, const Clock* clock, FileSystem* files)
      : path_(std::move(path)), clock_(clock), files_(files) {}
  // Makes `next` the table, once it is on disk. Holds mutex_.
  Status Replace(protocol::TopicConfigTable next);
  Status PutLocked(const std::vector<protocol::TopicConfig>& configs, bool* changed);

  const std::string path_;
  const Clock* clock_;
  FileSystem* const files_;
  std::function<void()> on_change_;
  mutable std::mutex mutex_;
  protocol::TopicConfigTable table_;  // guarded by mutex_
};

}  // namespace rewindmq::broker
