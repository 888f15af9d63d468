#pragma once
// One thread that runs tasks when their time has come, one after another: heartbeats, refreshed
// routes, rebalancing, retries. Thread safety: After and Stop may be called from any thread, After
// from a task too; Stop not from a task.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace rewindmq::client {

class TaskTimer {
 public:
  using Task = std::function<void()>;

  TaskTimer();
  ~TaskTimer();

  // Once, after the delay. Does nothing when stopped.
  void After(int64_t delay_ms, Task task);
  // At once and then again, counted from the end of each run.
  void Every(int64_t interval_ms, Task task);
  // Waits for the running task; those whose time has not come are dropped.
  void Stop();

 private:
  void Run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<int64_t, Task> tasks_;  // by steady time in ms; guarded by mutex_
  bool stopped_ = false;                // guarded by mutex_
  std::thread thread_;
};

}  // namespace rewindmq::client
