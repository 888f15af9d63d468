#pragma once
// Counts durations in buckets that double from 1 µs on, without a lock: cheap enough for every
// message. Thread safety: every method may be called from any thread; a snapshot taken while others
// observe may lack their last values.

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

namespace rewindmq {

class LatencyHistogram {
 public:
  // Bucket i holds durations up to 2^i µs; the last one everything longer.
  static constexpr size_t kBuckets = 26;

  struct Snapshot {
    std::array<int64_t, kBuckets> counts{};
    int64_t count = 0;
    int64_t sum_ns = 0;
  };

  static constexpr double UpperBoundSeconds(size_t bucket) {
    return static_cast<double>(int64_t{1} << bucket) * 1e-6;
  }

  void Observe(int64_t duration_ns) {
    auto micros_rounded_up = static_cast<uint64_t>(std::max<int64_t>(duration_ns, 0) + 999) / 1000;
    size_t bucket =
        micros_rounded_up <= 1 ? 0 : static_cast<size_t>(std::bit_width(micros_rounded_up - 1));
    counts_[std::min(bucket, kBuckets - 1)].fetch_add(1, std::memory_order_relaxed);
    sum_ns_.fetch_add(duration_ns, std::memory_order_relaxed);
  }

  Snapshot Read() const {
    Snapshot snapshot;
    for (size_t i = 0; i < kBuckets; ++i) {
      snapshot.counts[i] = counts_[i].load(std::memory_order_relaxed);
      snapshot.count += snapshot.counts[i];
    }
    snapshot.sum_ns = sum_ns_.load(std::memory_order_relaxed);
    return snapshot;
  }

 private:
  std::array<std::atomic<int64_t>, kBuckets> counts_{};
  std::atomic<int64_t> sum_ns_{0};
};

}  // namespace rewindmq
