#pragma once
// How far each group has consumed each queue (ConsumerOffsetManager), and the resets that its
// clients have not followed yet.
//
// Commits are kept in memory and written to config/consumerOffset.json every few seconds, as
// RocketMQ does: a crash may take the last seconds back and messages come again. A reset is
// different: when AssignReset returns Ok it is on disk and survives a crash. Until a client has
// pulled a reset queue from its new offset, commits to that queue are ignored and queries answer
// the new offset, so that a consumer that is still at work on the old messages cannot undo it.
// Afterwards it is remembered for a while which queues were reset, for members that have not heard
// of it (see ResetNotices).
// The members of a broadcasting group are reset one by one, and their group's offsets stay.
//
// Thread safety: every method may be called from any thread.

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/offset/pending_resets.h"
#include "common/base/file_system.h"
#include "common/base/status.h"

namespace rewindmq::broker {

using TopicOffsets = std::map<std::string, QueueOffsets>;  // by topic

// One reset of one group: where each named queue goes.
struct ResetOrder {
  std::string group;
  TopicOffsets targets;
  // Of a broadcasting group: these client ids, each by itself, until this moment (wall ms). Empty
  // for a group that shares its queues.
  std::vector<std::string> members = {};
  int64_t members_until_ms = 0;
};

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

  // Sets the queues' offsets and marks them as reset, all by one write of one file; durable when it
  // returns Ok, without effect when it fails. A later order replaces an earlier one queue by queue.
  Status AssignReset(const ResetOrder& order);
  // Where a client must go that does not know of the queue's reset. With a client id: this member
  // of a broadcasting group.
  std::optional<ResetPlace> ResetOf(std::string_view group, std::string_view topic,
                                    int32_t queue_id, std::string_view client_id = {}) const;
  ResetPlaces ResetsOf(std::string_view group, std::string_view topic,
                       std::string_view client_id = {}) const;
  bool AnyReset() const;
  // Counts orders: a changed number means that an answer about resets may be old.
  uint64_t reset_count() const { return reset_count_.load(); }
  // A client has pulled from the new offset: commits count again. The reset of a group's queue is
  // remembered until `until_ms` (wall).
  void ResetFollowed(std::string_view group, std::string_view topic, int32_t queue_id,
                     std::string_view client_id, int64_t until_ms);
  // Forgets resets that nobody can follow any more; offsets stay as the reset has left them.
  size_t ForgetResets(const PendingResets::Drop& drop, int64_t now_ms);

  // What was reset and not followed goes with the offsets, and does not come back after a crash
  // once Persist has returned Ok.
  void RemoveTopic(std::string_view topic);
  void RemoveGroup(std::string_view group);

  // All offsets, as consumerOffset.json holds them.
  std::string Text() const;

  // Writes what has changed since the last call.
  Status Persist();

 private:
  OffsetTable(const std::string& config_directory, FileSystem* files)
      : files_(files),
        offsets_path_(config_directory + "/consumerOffset.json"),
        resets_path_(config_directory + "/resetOffset.json") {}

  static std::string Encode(const OffsetsByKey& table);
  // Both need mutex_.
  const int64_t* FindOffset(std::string_view key, int32_t queue_id) const;
  // Who follows later goes where the group is; false when it has no offset any more.
  bool FillIn(std::string_view key, int32_t queue_id, ResetPlace* place) const;
  template <typename Condition>
  void RemoveIf(Condition condition);

  FileSystem* const files_;
  const std::string offsets_path_;
  const std::string resets_path_;
  std::mutex file_mutex_;  // one writer of the files at a time; taken before mutex_
  mutable std::mutex mutex_;
  OffsetsByKey offsets_;        // guarded by mutex_
  PendingResets resets_;        // guarded by mutex_
  bool offsets_dirty_ = false;  // guarded by mutex_
  bool resets_dirty_ = false;   // guarded by mutex_
  std::atomic<uint64_t> reset_count_{0};
};

}  // namespace rewindmq::broker
