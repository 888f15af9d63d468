#pragma once
// Ends the power, or the process, at every single call to the disk that a piece of work makes:
// first at the first, then at the second, until the work comes to its end untouched.
// Thread safety: none; for the test's own thread.

#include <cstdint>
#include <functional>

#include "tests/sim/disk/fault.h"
#include "tests/sim/harness/sim_store.h"

namespace rewindmq::sim {

struct CrashSteps {
  std::function<void(SimStore& sim)> prepare;
  // Must bear that anything in it fails once the disk is down.
  std::function<void(SimStore& sim)> work;
  // Behind the restart, with what was safe before it.
  std::function<void(SimStore& sim, int64_t safe_end)> check;
  int crash_images = 3;  // at each step, by seed
};

// Gives the number of crashes.
int64_t CrashAtEveryStep(uint64_t seed, const CrashSteps& steps);

}  // namespace rewindmq::sim
