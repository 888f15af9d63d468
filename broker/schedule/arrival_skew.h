#pragma once
// How far the wall clock was ahead of the steady one when a queue's messages arrived. A message
// says in wall time when it is due; with the skew of its own arrival that is a steady time, which
// no setting of the clock can move. Runs of offsets share a value, so that this stays small.
// Thread safety: one thread at a time.

#include <cstdint>
#include <deque>

namespace rewindmq::broker {

class ArrivalSkew {
 public:
  // Less is drift, and how early a message may come for it.
  static constexpr int64_t kTickMs = 10;

  // Of everything that is there at the start.
  explicit ArrivalSkew(int64_t skew_ms) : runs_{{INT64_MIN, skew_ms}} {}

  // The message at this offset arrived now; notes may come out of order. True when the clock was
  // set since.
  bool Note(int64_t offset, int64_t skew_ms) {
    int64_t change = skew_ms - runs_.back().skew_ms;
    if (offset <= runs_.back().first || (change <= kTickMs && change >= -kTickMs)) return false;
    runs_.push_back({offset, skew_ms});
    return true;
  }

  int64_t At(int64_t offset) const {
    auto run = runs_.rbegin();
    while (run->first > offset) ++run;
    return run->skew_ms;
  }

  // Nobody asks for earlier offsets any more.
  void Forget(int64_t before) {
    while (runs_.size() > 1 && runs_[1].first <= before) runs_.pop_front();
    // Whatever is asked for has a run.
    runs_.front().first = INT64_MIN;
  }

 private:
  struct Run {
    int64_t first;
    int64_t skew_ms;
  };
  std::deque<Run> runs_;
};

}  // namespace rewindmq::broker
