#pragma once
// Makes the commit log durable: one sync for everybody who waits (RocketMQ's GroupCommitService),
// and one each interval when nobody does (FlushRealTimeService).
//
// A failed sync is final: the kernel may have dropped the pages it could not write, so a second try
// could succeed without the data. Nothing is acknowledged after it.
// Thread safety: every method may be called from any thread; Start and Stop once each.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "broker/store/commit_log.h"
#include "common/base/latency_histogram.h"
#include "common/base/status.h"

namespace rewindmq::store {

// The log's end at some moment, and the store time of the last record before it.
struct LogPoint {
  int64_t end_offset = 0;
  int64_t store_timestamp_ms = 0;
};

class Flusher {
 public:
  struct Options {
    int32_t interval_ms = 500;
    int32_t timeout_ms = 5000;
    std::function<LogPoint()> log_point;            // what there is to flush now
    std::function<void(const Status&)> on_failure;  // called once, from the flushing thread
  };
  using Done = std::function<void(bool durable_in_time)>;

  Flusher(CommitLog* log, Options options) : log_(log), options_(std::move(options)) {}
  ~Flusher();

  // Everything up to `durable` is on disk already.
  void Start(LogPoint durable);
  // Flushes a last time and answers those who still wait.
  Status Stop();

  void WhenDurable(int64_t end_offset, Done done);
  LogPoint durable() const;
  const LatencyHistogram& latency() const { return latency_; }

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  struct Waiter {
    int64_t end_offset;
    SteadyTime deadline;
    Done done;
  };

  void RunFlushes();
  void RunTimeouts();
  Status FlushOnce();
  std::vector<Done> TakeSatisfied();  // needs mutex_

  CommitLog* const log_;
  const Options options_;
  LatencyHistogram latency_;
  mutable std::mutex mutex_;
  std::condition_variable flush_wanted_;
  std::condition_variable timeouts_changed_;
  std::deque<Waiter> waiters_;  // guarded by mutex_, earliest deadline first
  LogPoint durable_;            // guarded by mutex_
  bool stopping_ = false;       // guarded by mutex_
  Status failure_;              // guarded by mutex_
  std::thread flush_thread_;
  std::thread timeout_thread_;
};

}  // namespace rewindmq::store
