// One bit turns over in a file of a store that was stopped: promises P4 and P5.

#include <gtest/gtest.h>

#include "tests/sim/harness/damage.h"
#include "tests/sim/harness/log_capture.h"
#include "tests/sim/harness/seeds.h"
#include "tests/sim/harness/sim_index.h"

namespace rewindmq::sim {
namespace {

constexpr int kSeeds = 200;

struct Flip {
  std::string path;
  size_t position = 0;
  int bit = 0;
};

// One half of all flips hits the log, the other any file that holds something.
Flip FlipSomewhere(SimStore* sim) {
  std::vector<std::string> candidates;
  for (const std::string& path : PathsWith(sim, sim->random().OneIn(2) ? "/commitlog/" : "/")) {
    if (WrittenBytes(ReadAll(sim, path)) > 0) candidates.push_back(path);
  }
  Flip flip;
  flip.path = candidates[sim->random().Below(candidates.size())];
  std::string content = ReadAll(sim, flip.path);
  flip.position = sim->random().Below(WrittenBytes(content));
  flip.bit = static_cast<int>(sim->random().Below(8));
  content[flip.position] = static_cast<char>(content[flip.position] ^ (1 << flip.bit));
  Replace(sim, flip.path, content);
  return flip;
}

void FlipAndCheck(uint64_t seed, StopKind stop) {
  SimStore sim(seed);
  int64_t vouched_end = FillAndStop(&sim, stop);
  if (testing::Test::HasFailure()) return;
  int64_t log_end = sim.taken_end();
  Flip flip = FlipSomewhere(&sim);
  bool in_log = flip.path.find("/commitlog/") != std::string::npos;
  std::string place = "bit " + std::to_string(flip.bit) + " of byte " +
                      std::to_string(flip.position) + " of " + flip.path + ", checkpoint at " +
                      std::to_string(vouched_end) + " of " + std::to_string(log_end);
  LogCapture log;
  Status opened = sim.OpenWith(WithIndex(&sim));
  ASSERT_TRUE(opened.ok()) << place << ": " << opened.ToString();
  EXPECT_EQ(sim.store().MinPhysicalOffset(), 0) << place;
  int64_t missing = ExpectDamageReported(sim.store(), sim.history(),
                                         in_log ? vouched_end : INT64_MAX, &sim.random());
  // One bit is in one record.
  EXPECT_LE(missing, in_log ? 3 : 1) << place;
  WaitForIndex(sim.store());
  bool reported = !sim.store().Damages().empty();
  sim.Kill();
  if (reported) {
    EXPECT_NE(log.text().find("byte "), std::string::npos) << place << "\n" << log.text();
  }
  EXPECT_FALSE(testing::Test::HasFailure()) << place << "\n" << log.text();
}

TEST(BitFlipTest, AfterACleanStopNothingIsLostWithoutAWord) {
  ForEachSeed(kSeeds, [](uint64_t seed) { FlipAndCheck(seed, StopKind::kClean); });
}

TEST(BitFlipTest, AfterACrashNothingThatTheCheckpointVouchesForIsLostWithoutAWord) {
  ForEachSeed(kSeeds, [](uint64_t seed) { FlipAndCheck(seed, StopKind::kCrashed); });
}

}  // namespace
}  // namespace rewindmq::sim
