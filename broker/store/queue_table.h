#pragma once
// All consume queues, by topic and queue id, and their folders: consumequeue/<topic>/<queue id>
// (RocketMQ's ConsumeQueueStore). This is also the table of next queue offsets: a queue's
// max_offset is the next message's.
// Thread safety: every method may be called from any thread at any time. Queues are shared: one
// that was removed lives on for those who still hold it.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "broker/store/consume_queue.h"
#include "broker/store/deleted_topics.h"
#include "common/base/status.h"

namespace rewindmq::store {

class QueueTable {
 public:
  QueueTable(Disk* disk, std::string directory, int64_t segment_bytes)
      : disk_(disk), directory_(std::move(directory)), segment_bytes_(segment_bytes) {}

  // Maps all queues on disk. False when one of them was damaged: all must be built again.
  Result<bool> Load();

  std::shared_ptr<ConsumeQueue> Find(std::string_view topic, int32_t queue_id) const;
  // The names must have passed CheckQueueName.
  std::shared_ptr<ConsumeQueue> FindOrCreate(std::string_view topic, int32_t queue_id);
  std::vector<std::shared_ptr<ConsumeQueue>> All() const;
  std::vector<std::string> Topics() const;
  bool empty() const;

  // A number that says where every queue ends: never negative, and another one when one of them
  // ends elsewhere.
  int64_t Digest() const;
  // Syncs what was appended to any queue since the last Flush. One thread at a time.
  Status Flush();
  // Forgets the topic's queues; durable when it returns. What is left to do is to remove the tree
  // at the path it answers, which may take long; the next Load does it otherwise.
  Result<std::string> Remove(std::string_view topic);
  // Ends what a crash between the note of a deletion and the deletion itself has left. For a start,
  // right behind Load.
  Status RemoveDeleted(const DeletedTopics& deleted);
  Status RemoveAll();

 private:
  using Queues = std::map<int32_t, std::shared_ptr<ConsumeQueue>>;

  Status LoadTopic(const std::string& topic, bool* whole);
  Result<std::string> HideFolder(const std::string& topic);

  Disk* const disk_;
  const std::string directory_;
  const int64_t segment_bytes_;
  int64_t hidden_folders_ = 0;  // guarded by mutex_; Load removes those of earlier processes
  mutable std::shared_mutex mutex_;
  std::map<std::string, Queues, std::less<>> topics_;  // guarded by mutex_
};

}  // namespace rewindmq::store
