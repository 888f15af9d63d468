#pragma once
// Time as an interface, so that a test can move it. Thread safety: every clock may be read from any
// thread.

#include <atomic>
#include <cstdint>

namespace rewindmq {

class Clock {
 public:
  virtual ~Clock() = default;
  // Milliseconds since 1970-01-01 UTC; may step when the machine's clock is set.
  virtual int64_t WallMs() const = 0;
  // Milliseconds since some fixed moment; never goes back. For ages and deadlines.
  virtual int64_t SteadyMs() const = 0;
};

// The machine's own clocks. Never destroyed.
const Clock& SystemClock();

// A clock that moves only when told to.
class FakeClock : public Clock {
 public:
  explicit FakeClock(int64_t wall_ms) : wall_ms_(wall_ms) {}
  int64_t WallMs() const override { return wall_ms_; }
  int64_t SteadyMs() const override { return steady_ms_; }
  void AdvanceMs(int64_t by_ms) {
    wall_ms_ += by_ms;
    steady_ms_ += by_ms;
  }
  void StepWallMs(int64_t by_ms) { wall_ms_ += by_ms; }

 private:
  std::atomic<int64_t> wall_ms_;
  std::atomic<int64_t> steady_ms_{0};
};

}  // namespace rewindmq
