#include "client/task_timer.h"

#include <chrono>
#include <utility>

#include "common/base/clock.h"

namespace rewindmq::client {

TaskTimer::TaskTimer() : thread_([this] { Run(); }) {}

TaskTimer::~TaskTimer() { Stop(); }

void TaskTimer::After(int64_t delay_ms, Task task) {
  std::lock_guard lock(mutex_);
  if (stopped_) return;
  tasks_.emplace(SystemClock().SteadyMs() + delay_ms, std::move(task));
  changed_.notify_one();
}

void TaskTimer::Every(int64_t interval_ms, Task task) {
  After(0, [this, interval_ms, task = std::move(task)] {
    task();
    After(interval_ms, [this, interval_ms, task] { Every(interval_ms, task); });
  });
}

void TaskTimer::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void TaskTimer::Run() {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    if (tasks_.empty()) {
      changed_.wait(lock);
      continue;
    }
    int64_t wait_ms = tasks_.begin()->first - SystemClock().SteadyMs();
    if (wait_ms > 0) {
      changed_.wait_for(lock, std::chrono::milliseconds(wait_ms));
      continue;
    }
    Task task = std::move(tasks_.begin()->second);
    tasks_.erase(tasks_.begin());
    lock.unlock();
    task();
    lock.lock();
  }
}

}  // namespace rewindmq::client
