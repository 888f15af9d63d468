#pragma once
// The same numbers on every machine for one seed; the standard library's distributions are not
// that. Thread safety: one owner.

#include <cstdint>
#include <string>

namespace rewindmq::sim {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) { Next(); }

  // SplitMix64.
  uint64_t Next() {
    state_ += 0x9E3779B97F4A7C15;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }
  // Of [0, limit); limit must not be zero.
  uint64_t Below(uint64_t limit) { return Next() % limit; }
  // Of [low, high], both included.
  int64_t Between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(Below(static_cast<uint64_t>(high - low) + 1));
  }
  bool OneIn(uint64_t n) { return Below(n) == 0; }

  std::string Bytes(size_t count) {
    std::string bytes(count, '\0');
    for (size_t at = 0; at < count;) {
      uint64_t word = Next();
      for (size_t i = 0; i < sizeof word && at < count; ++i, word >>= 8) {
        bytes[at++] = static_cast<char>(word);
      }
    }
    return bytes;
  }

 private:
  uint64_t state_;
};

}  // namespace rewindmq::sim
