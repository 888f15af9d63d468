#pragma once
// Threads that run the user's callbacks, so that a slow callback holds up neither the network nor
// the heartbeats. Thread safety: Submit from any thread; Stop not from a task.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace rewindmq::client {

class WorkerPool {
 public:
  using Task = std::function<void()>;

  explicit WorkerPool(size_t threads);
  ~WorkerPool();

  // In no promised order when there is more than one thread. Dropped when stopped.
  void Submit(Task task);
  // Waits for the running tasks; those that have not begun are dropped.
  void Stop();

 private:
  void Run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;  // guarded by mutex_
  bool stopped_ = false;    // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace rewindmq::client
