#pragma once
// The traffic of one topic, or of one group at one topic: counters that any thread adds to without
// a lock, and what they did in the last minute, hour and day. Thread safety: Add and Now from any
// thread; Sample, Read and Clear by one thread at a time.

#include <atomic>
#include <cstdint>

#include "broker/stats/stats_window.h"

namespace rewindmq::broker {

enum class SamplePeriod : uint8_t { kMinute, kHour, kDay };

class TrafficItem {
 public:
  void Add(int64_t messages, int64_t bytes) {
    times_.fetch_add(1, std::memory_order_relaxed);
    messages_.fetch_add(messages, std::memory_order_relaxed);
    bytes_.fetch_add(bytes, std::memory_order_relaxed);
  }
  Traffic Now() const {
    return {times_.load(std::memory_order_relaxed), messages_.load(std::memory_order_relaxed),
            bytes_.load(std::memory_order_relaxed)};
  }

  void Sample(SamplePeriod period, int64_t now_ms) { WindowOf(period).Add(now_ms, Now()); }
  StatsWindow::Span Read(SamplePeriod period) const {
    return const_cast<TrafficItem*>(this)->WindowOf(period).Read();
  }
  void Clear() {
    times_ = 0;
    messages_ = 0;
    bytes_ = 0;
    minute_.Clear();
    hour_.Clear();
    day_.Clear();
  }

 private:
  StatsWindow& WindowOf(SamplePeriod period) {
    if (period == SamplePeriod::kMinute) return minute_;
    return period == SamplePeriod::kHour ? hour_ : day_;
  }

  std::atomic<int64_t> times_{0};
  std::atomic<int64_t> messages_{0};
  std::atomic<int64_t> bytes_{0};
  // Seven readings span six periods, 25 a day.
  StatsWindow minute_{7, 10'000};
  StatsWindow hour_{7, 600'000};
  StatsWindow day_{25, 3'600'000};
};

}  // namespace rewindmq::broker
