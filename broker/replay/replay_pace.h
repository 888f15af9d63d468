#pragma once
// How many messages a replay may put now: a bucket that `per_second` tokens flow into by the steady
// clock. What a fifth of a second brings is kept at most, so that a late turn is made up for while
// a long stop is not. Not thread-safe.

#include <algorithm>
#include <cstdint>

namespace rewindmq::broker {

class ReplayPace {
 public:
  // 0: without a limit.
  ReplayPace(int32_t per_second, int64_t now_ms)
      : per_second_(per_second), last_ms_(now_ms), milli_tokens_(kMilli) {}

  int64_t Available(int64_t now_ms) {
    if (per_second_ == 0) return INT32_MAX;
    int64_t elapsed_ms = std::clamp(now_ms - last_ms_, int64_t{0}, int64_t{kMilli});
    last_ms_ = now_ms;
    milli_tokens_ = std::min(milli_tokens_ + elapsed_ms * per_second_, Capacity() * kMilli);
    return milli_tokens_ / kMilli;
  }
  void Take() {
    if (per_second_ > 0) milli_tokens_ -= kMilli;
  }
  // Until there is one again, or the share of ten milliseconds; asked right after Available.
  int64_t WaitMs() const {
    if (per_second_ == 0) return 0;
    int64_t wanted = std::clamp<int64_t>(per_second_ / 100, 1, Capacity()) * kMilli;
    int64_t lacking = std::max(wanted - milli_tokens_, int64_t{0});
    return (lacking + per_second_ - 1) / per_second_;
  }

 private:
  static constexpr int64_t kMilli = 1000;
  int64_t Capacity() const { return std::max<int64_t>(per_second_ / 5, 1); }

  int64_t per_second_;
  int64_t last_ms_;
  int64_t milli_tokens_;
};

}  // namespace rewindmq::broker
