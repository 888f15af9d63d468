#include "operator/kube/work_queue.h"

#include <algorithm>

namespace rewindmq::kube {

void WorkQueue::Add(const std::string& key) {
  std::lock_guard lock(mutex_);
  AddLocked(key);
}

void WorkQueue::AddLocked(const std::string& key) {
  if (shut_down_ || !dirty_.insert(key).second) return;
  if (processing_.contains(key)) return;  // Done will put it into ready_
  ready_.push_back(key);
  changed_.notify_one();
}

void WorkQueue::AddAfter(const std::string& key, int64_t delay_ms) {
  std::lock_guard lock(mutex_);
  AddAfterLocked(key, delay_ms);
}

void WorkQueue::AddAfterLocked(const std::string& key, int64_t delay_ms) {
  if (shut_down_) return;
  if (delay_ms <= 0) {
    AddLocked(key);
    return;
  }
  Moment moment = std::chrono::steady_clock::now() + std::chrono::milliseconds(delay_ms);
  auto known = delayed_by_key_.find(key);
  if (known != delayed_by_key_.end()) {
    if (known->second->first <= moment) return;
    delayed_.erase(known->second);
    delayed_by_key_.erase(known);
  }
  auto entry = delayed_.emplace(moment, key);
  delayed_by_key_.emplace(key, entry);
  // A waiting Get may have to wake earlier than it planned to.
  if (entry == delayed_.begin()) changed_.notify_all();
}

int64_t WorkQueue::AddAfterFailure(const std::string& key) {
  std::lock_guard lock(mutex_);
  int64_t delay_ms = RetryDelayMs(failures_[key]++);
  AddAfterLocked(key, delay_ms);
  return delay_ms;
}

void WorkQueue::Forget(const std::string& key) {
  std::lock_guard lock(mutex_);
  failures_.erase(key);
}

void WorkQueue::PromoteDueLocked(Moment now) {
  while (!delayed_.empty() && delayed_.begin()->first <= now) {
    std::string key = delayed_.begin()->second;
    delayed_by_key_.erase(key);
    delayed_.erase(delayed_.begin());
    AddLocked(key);
  }
}

std::optional<std::string> WorkQueue::Get() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (shut_down_) return std::nullopt;
    PromoteDueLocked(std::chrono::steady_clock::now());
    if (!ready_.empty()) break;
    if (delayed_.empty()) {
      changed_.wait(lock);
    } else {
      changed_.wait_until(lock, Moment(delayed_.begin()->first));
    }
  }
  std::string key = std::move(ready_.front());
  ready_.pop_front();
  dirty_.erase(key);
  processing_.insert(key);
  return key;
}

void WorkQueue::Done(const std::string& key) {
  std::lock_guard lock(mutex_);
  processing_.erase(key);
  if (shut_down_ || !dirty_.contains(key)) return;
  ready_.push_back(key);
  changed_.notify_one();
}

void WorkQueue::ShutDown() {
  std::lock_guard lock(mutex_);
  shut_down_ = true;
  ready_.clear();
  delayed_.clear();
  delayed_by_key_.clear();
  changed_.notify_all();
}

size_t WorkQueue::ReadyCount() const {
  std::lock_guard lock(mutex_);
  return ready_.size();
}

size_t WorkQueue::DelayedCount() const {
  std::lock_guard lock(mutex_);
  return delayed_.size();
}

int64_t WorkQueue::RetryDelayMs(uint32_t earlier_failures) {
  constexpr uint32_t kDoublingsToLongest = 18;  // 5 ms * 2^18 is beyond kLongestRetryMs
  return std::min(kFirstRetryMs << std::min(earlier_failures, kDoublingsToLongest),
                  kLongestRetryMs);
}

}  // namespace rewindmq::kube
