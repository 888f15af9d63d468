#pragma once
// What a MessageStore is made of; for the files message_store*.cc and store_parts.cc only.
//
// Locks: put_mutex serialises everything that appends. Reads take no lock of the store's: the log
// and the queues publish their ends atomically, a record before the queue unit that names it.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

#include "broker/store/commit_log.h"
#include "broker/store/consume_queue_ext_table.h"
#include "broker/store/deleted_topics.h"
#include "broker/store/flusher.h"
#include "broker/store/indexer.h"
#include "broker/store/message_store.h"
#include "broker/store/quarantine.h"
#include "broker/store/queue_flusher.h"
#include "broker/store/queue_table.h"
#include "broker/store/retention.h"
#include "broker/store/root_lock.h"
#include "broker/store/segment_preparer.h"
#include "broker/store/store_stats.h"

namespace rewindmq::store {

struct RecoveryOptions;

struct MessageStore::Parts {
  Parts(StoreOptions store_options, RootLock root_lock);

  Status Start();
  PutResult Append(const MessageToPut* messages, size_t count);
  LogPoint Point();
  void Fail(const Status& status);
  // Forgets the topic's queues; answers the path of the tree that is left to remove.
  Result<std::string> HideQueues(std::string_view topic);

  // Null for names that no queue can have, too.
  std::shared_ptr<ConsumeQueue> FindQueue(std::string_view topic, int32_t queue_id) const {
    return queues.Find(topic, queue_id);
  }
  // The message's tags code, also when the unit names an extension. Empty when neither that nor the
  // record is there.
  std::optional<int64_t> TagsCodeOf(std::string_view topic, int32_t queue_id,
                                    const ConsumeQueueUnit& unit) const;
  // Empty when the message's record cannot be read.
  std::optional<int64_t> TimeAt(const ConsumeQueue& queue, int64_t offset) const;
  // The time of the nearest message that can be read; 0 for one that has left the log, as it was
  // older than all that are left.
  int64_t TimeNear(const ConsumeQueue& queue, int64_t offset) const;

  const StoreOptions options;
  RootLock lock;
  CommitLog log;
  QueueTable queues;
  ConsumeQueueExtTable extensions;
  mutable Quarantine quarantine;
  DeletedTopics deleted_topics;      // guarded by put_mutex
  std::unique_ptr<Indexer> indexer;  // null without an index
  std::unique_ptr<Flusher> flusher;
  std::unique_ptr<SegmentPreparer> preparer;
  std::unique_ptr<QueueFlusher> queue_flusher;
  std::unique_ptr<Retention> retention;
  ArrivalListener listener;

  std::mutex put_mutex;
  int64_t last_store_timestamp_ms = 0;  // guarded by put_mutex
  bool closed = false;                  // guarded by put_mutex
  std::atomic<bool> failed{false};

  RecoveryStats recovery;  // set once by Start
  std::atomic<int32_t> max_message_bytes{options.max_message_bytes};
  LatencyHistogram append_latency;
  std::atomic<int64_t> messages_stored{0};
  std::atomic<int64_t> message_bytes{0};
  std::atomic<int64_t> refused{0};

 private:
  Status LoadLog();
  Status LoadQueues(RecoveryOptions* how);
  Status StartIndexer(const Checkpoint& checkpoint);
  // Answers up to where the log is known to be on disk.
  Result<LogPoint> Recover(const Checkpoint& checkpoint);
  void StartThreads(const std::string& checkpoint_path, const Checkpoint& checkpoint,
                    LogPoint durable);
  void OnLogMoved(int64_t log_min);
  PutResult Check(const MessageToPut* messages, size_t count) const;
  void Store(const MessageToPut* messages, size_t count, PutResult* result);
  // What the consume queue keeps as the message's tags code.
  int64_t TagsCodeToKeep(const MessageToPut& message);
  void AppendLocked(const MessageToPut* messages, const int32_t* body_crcs, size_t count,
                    int64_t bytes, PutResult* result);
  void TellListener(const MessageToPut* messages, size_t count, int64_t first_offset) const;
};

}  // namespace rewindmq::store
