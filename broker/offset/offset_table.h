#pragma once
// How far each group has consumed each queue (ConsumerOffsetManager), and the resets that its
// clients have not followed yet.
//
// Commits are kept in memory and written to config/consumerOffset.json every few seconds, as
// RocketMQ does: a crash may take the last seconds back and messages come again. A reset is
// different: when AssignReset returns Ok it is on disk and survives a crash. Until a client has
// pulled a reset queue from its new offset, commits to that queue are ignored and queries answer
// the new offset, so that a consumer that is still at work on the old messages cannot undo it.
//
// Thread safety: every method may be called from any thread.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/file_system.h"
#include "common/base/status.h"

namespace rewindmq::broker {

using QueueOffsets = std::map<int32_t, int64_t>;  // queue id -> offset

class OffsetTable {
 public:
  // Reads consumerOffset.json and resetOffset.json in this folder, or their previous copies.
  static Result<std::unique_ptr<OffsetTable>> Load(const std::string& config_directory,
                                                   FileSystem& files = RealFileSystem());

  enum class Committed { kStored, kIgnoredResetPending };
  Committed Commit(std::string_view group, std::string_view topic, int32_t queue_id,
                   int64_t offset);
  // Empty when the group has no offset there.
  std::optional<int64_t> Find(std::string_view group, std::string_view topic,
                              int32_t queue_id) const;
  QueueOffsets FindAll(std::string_view group, std::string_view topic) const;
  // Topics for which the group has offsets; groups that have offsets for the topic.
  std::vector<std::string> TopicsOf(std::string_view group) const;
  std::vector<std::string> GroupsOf(std::string_view topic) const;

  // Sets these queues' offsets and marks them as reset; durable when it returns Ok, without effect
  // when it fails.
  Status AssignReset(std::string_view group, std::string_view topic, const QueueOffsets& targets);
  // The offset that a reset queue must be pulled from, while nobody has done so.
  std::optional<int64_t> PendingReset(std::string_view group, std::string_view topic,
                                      int32_t queue_id) const;
  // A client has pulled from the new offset: the reset is done.
  void ResetFollowed(std::string_view group, std::string_view topic, int32_t queue_id);

  void RemoveTopic(std::string_view topic);
  void RemoveGroup(std::string_view group);

  // All offsets, as consumerOffset.json holds them.
  std::string Text() const;

  // Writes what has changed since the last call.
  Status Persist();

 private:
  // "topic@group" -> queue -> offset, as in RocketMQ's file.
  using Table = std::map<std::string, QueueOffsets, std::less<>>;

  OffsetTable(const std::string& config_directory, FileSystem* files)
      : files_(files),
        offsets_path_(config_directory + "/consumerOffset.json"),
        resets_path_(config_directory + "/resetOffset.json") {}

  static std::string Encode(const Table& table);
  static Result<Table> Decode(std::string_view text);
  static std::optional<int64_t> Lookup(const Table& table, std::string_view group,
                                       std::string_view topic, int32_t queue_id);
  template <typename Condition>
  void RemoveIf(Condition condition);

  FileSystem* const files_;
  const std::string offsets_path_;
  const std::string resets_path_;
  std::mutex file_mutex_;  // one writer of the files at a time; taken before mutex_
  mutable std::mutex mutex_;
  Table offsets_;               // guarded by mutex_
  Table resets_;                // guarded by mutex_
  bool offsets_dirty_ = false;  // guarded by mutex_
  bool resets_dirty_ = false;   // guarded by mutex_
};

}  // namespace rewindmq::broker
