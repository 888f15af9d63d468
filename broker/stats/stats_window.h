#pragma once
// What one counter did in the last minute, hour and day, from readings taken every 10 s, 10 min and
// 1 h (StatsItem). As in RocketMQ a counter that is new when a reading is due counts as having
// stood at zero one period before. Thread safety: one thread at a time.

#include <algorithm>
#include <cstdint>
#include <vector>

namespace rewindmq::broker {

// The state of one counter; all only grow.
struct Traffic {
  int64_t times = 0;
  int64_t messages = 0;
  int64_t bytes = 0;
};

class StatsWindow {
 public:
  // Keeps `count` readings; the first one makes up another that lies `period_ms` before it.
  StatsWindow(size_t count, int64_t period_ms) : count_(count), period_ms_(period_ms) {}

  struct Span {
    Traffic grown;
    int64_t duration_ms = 0;
  };

  void Add(int64_t now_ms, const Traffic& reading) {
    if (readings_.empty()) readings_.push_back({now_ms - period_ms_, Traffic()});
    readings_.push_back({now_ms, reading});
    if (readings_.size() > count_) readings_.erase(readings_.begin());
  }
  // Nothing before the first reading.
  Span Read() const {
    Span span;
    if (readings_.empty()) return span;
    const Traffic& first = readings_.front().traffic;
    const Traffic& last = readings_.back().traffic;
    span.grown = {last.times - first.times, last.messages - first.messages,
                  last.bytes - first.bytes};
    span.duration_ms = readings_.back().at_ms - readings_.front().at_ms;
    return span;
  }
  void Clear() { readings_.clear(); }

 private:
  struct Reading {
    int64_t at_ms;
    Traffic traffic;
  };

  size_t count_;
  int64_t period_ms_;
  std::vector<Reading> readings_;
};

}  // namespace rewindmq::broker
