#pragma once
// Syncs the consume queues from time to time and keeps the checkpoint up to date, so that a start
// after a crash need not read much (RocketMQ's FlushConsumeQueueService). Queues can be built again
// from the log, so nobody waits for this.
// Thread safety: Start and Stop once each, from one thread.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "broker/store/checkpoint.h"
#include "broker/store/flusher.h"
#include "broker/store/indexer.h"
#include "broker/store/queue_table.h"
#include "common/base/status.h"

namespace rewindmq::store {

class QueueFlusher {
 public:
  struct Options {
    std::string checkpoint_path;
    Checkpoint checkpoint;  // as it was found
    int32_t log_interval_ms = 500;
    int32_t queue_interval_ms = 10'000;
    std::function<LogPoint()> log_point;      // what the queues hold now
    std::function<LogPoint()> durable_point;  // what of the log is on disk
    // Makes durable what else can be built again, and says how far the message index is.
    std::function<Result<std::optional<IndexPoint>>()> sync_index;
    std::function<void(const Status&)> on_failure;  // a sync failed
  };
  QueueFlusher(FileSystem* files, QueueTable* queues, Options options);
  ~QueueFlusher() { Stop(); }

  void Start();
  void Stop();
  // Everything, and the checkpoint. Only when the thread does not run.
  Status FlushAll();

 private:
  void Run();
  Status SaveLogTime();
  void TakeDurablePoint();
  // False when nothing is new.
  Result<bool> SyncIndex();

  FileSystem* const files_;
  QueueTable* const queues_;
  const Options options_;
  Checkpoint checkpoint_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace rewindmq::store
