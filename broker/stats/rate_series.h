#pragma once
// How fast some counters grew over the last 10, 60 and 600 seconds, from one reading a second
// (StoreStatsService). A broker younger than a window is measured over its whole life.
// Thread safety: any thread.

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <mutex>
#include <string>

namespace rewindmq::broker {

class RateSeries {
 public:
  static constexpr size_t kCounters = 4;
  using Counters = std::array<int64_t, kCounters>;

  void Add(int64_t now_ms, const Counters& counters) {
    std::lock_guard lock(mutex_);
    readings_.push_back({now_ms, counters});
    if (readings_.size() > kLongestSeconds + 1) readings_.pop_front();
  }
  double PerSecond(size_t counter, size_t seconds) const {
    std::lock_guard lock(mutex_);
    return PerSecondLocked(counter, seconds);
  }
  // Of several counters together.
  double PerSecond(std::initializer_list<size_t> counters, size_t seconds) const {
    std::lock_guard lock(mutex_);
    double sum = 0;
    for (size_t counter : counters) sum += PerSecondLocked(counter, seconds);
    return sum;
  }

 private:
  static constexpr size_t kLongestSeconds = 600;
  struct Reading {
    int64_t at_ms;
    Counters counters;
  };

  double PerSecondLocked(size_t counter, size_t seconds) const {
    if (readings_.size() < 2) return 0;
    size_t back = std::min(seconds, readings_.size() - 1);
    const Reading& last = readings_.back();
    const Reading& first = readings_[readings_.size() - 1 - back];
    if (last.at_ms <= first.at_ms) return 0;
    auto grown = static_cast<double>(last.counters[counter] - first.counters[counter]);
    return grown * 1000 / static_cast<double>(last.at_ms - first.at_ms);
  }

  mutable std::mutex mutex_;
  std::deque<Reading> readings_;  // guarded by mutex_
};

}  // namespace rewindmq::broker
