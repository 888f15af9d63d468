#include "broker/store/offset_by_time.h"

#include <algorithm>
#include <cmath>

namespace rewindmq::store {
namespace {

struct Found {
  int64_t offset = 0;
  int64_t before_ms = 0;  // of the message in front of it; of no meaning when there is none
  int64_t time_ms = 0;    // its own; of no meaning at the end of the queue
};

// The first message in [low, high) with time >= wanted_ms. Each read may be a page fault on a cold
// store, so it guesses by proportion, which needs a handful of reads where halving needs one for
// every power of two; a guess that did not help is followed by halving, so no queue is slow.
class Search {
 public:
  Search(int64_t wanted_ms, const std::function<int64_t(int64_t)>& time_at)
      : wanted_ms_(wanted_ms), time_at_(time_at) {}

  Found Run(int64_t min_offset, int64_t max_offset) {
    low_ = min_offset;
    low_ms_ = time_at_(low_);
    if (low_ms_ >= wanted_ms_) return {low_, 0, low_ms_};
    high_ = max_offset - 1;
    high_ms_ = high_ == low_ ? low_ms_ : time_at_(high_);
    if (high_ms_ < wanted_ms_) return {max_offset, high_ms_, 0};
    bool halve = false;
    while (high_ - low_ > 1) {
      int64_t span = high_ - low_;
      Read(halve ? low_ + span / 2 : Guess());
      halve = !halve && high_ - low_ > span / 2;
    }
    return {high_, low_ms_, high_ms_};
  }

 private:
  // A little beyond the proportion, towards the end that is further away: what lies between the
  // guess and the nearer end is then all that remains.
  int64_t Guess() const {
    double span = static_cast<double>(high_ - low_);
    double share = (static_cast<double>(wanted_ms_) - static_cast<double>(low_ms_)) /
                   (static_cast<double>(high_ms_) - static_cast<double>(low_ms_));
    double step = 0.4 * std::sqrt(span);
    double guess = share * span + (share < 0.5 ? step : -step);
    return low_ + std::clamp<int64_t>(std::llround(guess), 1, high_ - low_ - 1);
  }

  void Read(int64_t offset) {
    int64_t time_ms = time_at_(offset);
    bool behind = time_ms >= wanted_ms_;
    (behind ? high_ : low_) = offset;
    (behind ? high_ms_ : low_ms_) = time_ms;
  }

  const int64_t wanted_ms_;
  const std::function<int64_t(int64_t)>& time_at_;
  int64_t low_ = 0;  // earlier than what is wanted
  int64_t low_ms_ = 0;
  int64_t high_ = 0;  // not earlier
  int64_t high_ms_ = 0;
};

}  // namespace

int64_t SearchOffsetByTime(int64_t min_offset, int64_t max_offset, int64_t timestamp_ms,
                           Boundary boundary, const std::function<int64_t(int64_t)>& time_at) {
  if (min_offset >= max_offset) return max_offset;
  bool upper = boundary == Boundary::kUpper;
  if (upper && timestamp_ms == INT64_MAX) return max_offset - 1;
  Found found = Search(timestamp_ms + (upper ? 1 : 0), time_at).Run(min_offset, max_offset);
  if (upper) return std::max(min_offset, found.offset - 1);
  if (boundary == Boundary::kLower || found.offset == min_offset) return found.offset;
  bool later_is_nearer =
      found.offset < max_offset && found.time_ms - timestamp_ms < timestamp_ms - found.before_ms;
  return later_is_nearer ? found.offset : found.offset - 1;
}

}  // namespace rewindmq::store
