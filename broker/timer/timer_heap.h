#pragma once
// The messages of the wheel topic that wait for their time, the soonest on top; of equal times the
// one that was stored first. Thread safety: one thread at a time.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

namespace rewindmq::broker {

struct PendingTimer {
  int64_t out_ms = 0;  // TIMER_OUT_MS
  int64_t offset = 0;  // in the wheel topic's queue

  friend bool operator>(const PendingTimer& a, const PendingTimer& b) {
    return a.out_ms != b.out_ms ? a.out_ms > b.out_ms : a.offset > b.offset;
  }
};

class TimerHeap {
 public:
  bool empty() const { return timers_.empty(); }
  size_t size() const { return timers_.size(); }
  const PendingTimer& top() const { return timers_.front(); }

  void Push(PendingTimer timer) {
    timers_.push_back(timer);
    std::push_heap(timers_.begin(), timers_.end(), std::greater<>());
  }
  void Pop() {
    std::pop_heap(timers_.begin(), timers_.end(), std::greater<>());
    timers_.pop_back();
  }
  // The first stored of all; `otherwise` when there is none.
  int64_t OldestOffset(int64_t otherwise) const {
    for (const PendingTimer& timer : timers_) otherwise = std::min(otherwise, timer.offset);
    return otherwise;
  }

 private:
  std::vector<PendingTimer> timers_;
};

}  // namespace rewindmq::broker
