#include "cli/message_counter.h"

#include <chrono>

namespace rewindmq::cli {

void MessageCounter::Add(int64_t count) {
  std::lock_guard lock(mutex_);
  count_ += count;
  ++version_;
  changed_.notify_all();
}

void MessageCounter::Reset() {
  std::lock_guard lock(mutex_);
  count_ = 0;
  ++version_;
  changed_.notify_all();
}

int64_t MessageCounter::count() const {
  std::lock_guard lock(mutex_);
  return count_;
}

bool MessageCounter::WaitFor(int64_t expected, int64_t timeout_ms) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                           [&] { return count_ >= expected; });
}

int64_t MessageCounter::WaitForQuiet(int64_t quiet_ms) const {
  std::unique_lock lock(mutex_);
  uint64_t seen = version_;
  while (changed_.wait_for(lock, std::chrono::milliseconds(quiet_ms),
                           [&] { return version_ != seen; })) {
    seen = version_;
  }
  return count_;
}

}  // namespace rewindmq::cli
