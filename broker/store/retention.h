#pragma once
// Deletes old segments of the log and what refers to them, and tells when the disk is full
// (RocketMQ's CleanCommitLogService and CleanConsumeQueueService). Space is looked at every second;
// while the disk is full those who want to write look, too, so that a broker accepts again by
// itself soon after there is space, however long a deletion takes.
//
// A deleted segment's memory stays for those who read it. Ages are those of messages, not of files,
// so a restored volume is treated like the one that was copied.
// Thread safety: Start and Stop once each; RunOnce only without Start; the rest from any thread.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "broker/store/commit_log.h"
#include "broker/store/disk.h"
#include "broker/store/queue_table.h"
#include "broker/store/retention_policy.h"

namespace rewindmq::store {

class Retention {
 public:
  struct Options {
    RetentionLimits limits;
    int32_t sample_interval_ms = 1000;
    int32_t clean_interval_ms = 10'000;
    const Clock* clock = nullptr;
    Disk* disk = nullptr;
    std::string directory;                              // whose disk is measured
    std::function<void(int64_t log_min)> on_log_moved;  // the log starts here now
  };
  Retention(CommitLog* log, QueueTable* queues, Options options);
  ~Retention() { Stop(); }

  void Start();
  void Stop();
  // One sample and one cleaning.
  void RunOnce();

  void ChangeLimits(const RetentionLimits& limits);
  // Has the thread clean at its next turn, at once; with `at_any_hour` what has expired goes
  // whatever the hour is.
  void CleanSoon(bool at_any_hour);

  // Whether messages are refused; for those who have one.
  bool RefusesMessages();
  bool disk_full() const { return disk_full_.load(std::memory_order_relaxed); }
  DiskUsage usage() const;
  int64_t deleted_segments() const { return deleted_segments_.load(std::memory_order_relaxed); }

 private:
  void Run();
  void Sample();
  void Clean();
  Removal ChooseRemoval();
  void FollowLog();                // what refers to the log forgets what has left it
  bool Wait(int32_t interval_ms);  // false when stopping; shorter when cleaning was asked for
  RetentionLimits limits() const;
  bool MayRemoveFirst(Removal removal);
  bool FirstIsExpired();

  CommitLog* const log_;
  QueueTable* const queues_;
  const Options options_;
  SteadyWall wall_;
  std::atomic<bool> disk_full_{false};
  std::atomic<int64_t> sampled_ms_{0};  // by the steady clock
  std::atomic<int64_t> deleted_segments_{0};
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;     // guarded by mutex_
  DiskUsage usage_;           // guarded by mutex_
  RetentionLimits limits_;    // guarded by mutex_
  bool asked_ = false;        // to clean; guarded by mutex_
  bool at_any_hour_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace rewindmq::store
