#include "common/base/clock.h"

#include <chrono>

namespace rewindmq {
namespace {

class RealClock : public Clock {
 public:
  int64_t WallMs() const override {
    return Count(std::chrono::system_clock::now().time_since_epoch());
  }
  int64_t SteadyMs() const override {
    return Count(std::chrono::steady_clock::now().time_since_epoch());
  }

 private:
  template <typename Duration>
  static int64_t Count(Duration since) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
  }
};

}  // namespace

const Clock& SystemClock() {
  static const RealClock* const kClock = new RealClock;
  return *kClock;
}

}  // namespace rewindmq
