// A crash around the moment when the log rolls to a new segment while the consume queues lag
// behind. Named after the reports about RocketMQ in which messages vanished there.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/sim/harness/seeds.h"
#include "tests/sim/harness/sim_index.h"
#include "tests/sim/harness/sim_store.h"

namespace rewindmq::sim {
namespace {

constexpr int kSeeds = 200;

// Puts until the log stands in a new segment, which then holds `behind` messages.
void Roll(SimStore* sim, int behind) {
  const int64_t segment_bytes = sim->Options().commit_log_segment_bytes;
  int64_t segment = sim->store().MaxPhysicalOffset() / segment_bytes;
  while (sim->store().MaxPhysicalOffset() / segment_bytes == segment) {
    ASSERT_TRUE(sim->PutRandom().ok());
    sim->clock().AdvanceMs(sim->random().Between(0, 2000));
  }
  for (int i = 0; i < behind; ++i) ASSERT_TRUE(sim->PutRandom().ok());
}

// Keeps the queues as they were at the last clean stop, and the log as it is now: the lag of which
// the reports tell.
struct Lag {
  std::vector<std::string> paths;
  std::unique_ptr<SimDisk> queues = std::make_unique<SimDisk>();

  void Take(SimStore* sim) {
    for (const std::string& path : sim->disk().Paths()) {
      if (path.find("/consumequeue/") != std::string::npos) paths.push_back(path);
    }
    CopyFiles(sim->disk().files(), paths, queues->files());
  }
  void PutBack(SimStore* sim) {
    ASSERT_TRUE(sim->disk().files().RemoveTree(std::string(kRoot) + "/consumequeue").ok());
    CopyFiles(queues->files(), paths, sim->disk().files());
  }
};

void RunLagging(uint64_t seed, bool clock_stands) {
  SimStore sim(seed);
  ASSERT_TRUE(sim.OpenWith(WithIndex(&sim)).ok());
  Roll(&sim, static_cast<int>(sim.random().Below(3)));
  WaitForIndex(sim.store());
  ASSERT_TRUE(sim.Close().ok());
  Lag lag;
  lag.Take(&sim);
  ASSERT_TRUE(sim.OpenWith(WithIndex(&sim)).ok());
  if (!clock_stands) sim.clock().AdvanceMs(10'000);
  Roll(&sim, static_cast<int>(sim.random().Below(3)));
  ASSERT_TRUE(sim.Flush());
  WaitForIndex(sim.store());
  sim.Kill();
  lag.PutBack(&sim);
  ASSERT_TRUE(sim.OpenWith(WithIndex(&sim)).ok());
  sim.CheckAndGoOn(sim.taken_end());
  ExpectReachableByKey(&sim);
}

TEST(RollTest, RocketMq1434TailOfThePreviousSegmentIsDispatchedAfterACrash) {
  ForEachSeed(kSeeds, [](uint64_t seed) { RunLagging(seed, /*clock_stands=*/false); });
}

TEST(RollTest, RocketMq678CheckpointDoesNotVouchForQueuesThatWereNotFlushed) {
  ForEachSeed(kSeeds, [](uint64_t seed) { RunLagging(seed, /*clock_stands=*/true); });
}

// The power ends at a call that belongs to the roll itself.
TEST(RollTest, RocketMq405And467PowerLossInTheRoll) {
  ForEachSeed(kSeeds, [](uint64_t seed) {
    SimStore sim(seed);
    ASSERT_TRUE(sim.Open().ok());
    int crashes = 3;
    for (int i = 0; i < crashes && !testing::Test::HasFailure(); ++i) {
      ASSERT_TRUE(sim.PutRandom().ok());
      ASSERT_TRUE(sim.Flush());
      Fault fault;
      fault.effect = Fault::Effect::kPowerLoss;
      fault.path_part = "/commitlog";
      fault.kind = static_cast<int>(sim.random().OneIn(2)   ? IoKind::kOpenSegment
                                    : sim.random().OneIn(2) ? IoKind::kSyncDirectory
                                                            : IoKind::kReserve);
      fault.at = 1 + static_cast<int64_t>(sim.random().Below(2));
      fault.seed = sim.random().Next();
      sim.disk().Plan(fault);
      while (!sim.disk().down()) {
        if (sim.PutRandom().ok() && sim.random().OneIn(3)) (void)sim.Flush();
      }
      int64_t safe_end = sim.acknowledged_end();
      sim.Restart();
      sim.ReopenAndCheck(safe_end);
    }
    ASSERT_TRUE(sim.Close().ok());
    ASSERT_TRUE(sim.OpenWith(WithIndex(&sim)).ok());
    ExpectReachableByKey(&sim);
  });
}

}  // namespace
}  // namespace rewindmq::sim
