#include "tests/sim/harness/crash_steps.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

namespace rewindmq::sim {
namespace {

// Work that makes more calls than this goes round in circles.
constexpr int64_t kMaxSteps = 5000;

// False when the work ended before the fault came up.
bool CrashOnce(uint64_t seed, const Fault& fault, const CrashSteps& steps) {
  SimStore sim(seed);
  steps.prepare(sim);
  if (testing::Test::HasFailure()) return false;
  sim.disk().Plan(fault);
  steps.work(sim);
  if (!sim.disk().fired()) return false;
  int64_t safe_end = sim.acknowledged_end();
  if (fault.effect == Fault::Effect::kKill) safe_end = std::max(safe_end, sim.taken_end());
  std::string trace = sim.disk().Trace();
  sim.Restart();
  steps.check(sim, safe_end);
  EXPECT_FALSE(testing::Test::HasFailure())
      << (fault.effect == Fault::Effect::kKill ? "killed" : "power lost") << " at step " << fault.at
      << ", crash image " << fault.seed << ", after these calls:\n"
      << trace;
  return true;
}

}  // namespace

int64_t CrashAtEveryStep(uint64_t seed, const CrashSteps& steps) {
  int64_t crashes = 0;
  for (Fault::Effect effect : {Fault::Effect::kPowerLoss, Fault::Effect::kKill}) {
    int images = effect == Fault::Effect::kKill ? 2 : steps.crash_images;
    bool more = true;
    for (int64_t step = 1; more; ++step) {
      for (int image = 0; image < images && more; ++image) {
        Fault fault;
        fault.effect = effect;
        fault.at = step;
        fault.seed = seed * 1000 + static_cast<uint64_t>(image);
        more = CrashOnce(seed, fault, steps) && !testing::Test::HasFailure() && step < kMaxSteps;
        crashes += more ? 1 : 0;
      }
    }
  }
  EXPECT_LT(crashes, kMaxSteps);
  return crashes;
}

}  // namespace rewindmq::sim
