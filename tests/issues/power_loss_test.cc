// Names and removals that were not synced.

#include <gtest/gtest.h>

#include "tests/sim/harness/damage.h"
#include "tests/sim/harness/seeds.h"
#include "tests/sim/harness/sim_store.h"

namespace rewindmq::sim {
namespace {

constexpr int kSeeds = 40;

// The segments were synced, and the folder they lie in; the folder's own name was not.
TEST(PowerLossIssuesTest, TheLogsFolderItselfLasts) {
  ForEachSeed(kSeeds, [](uint64_t seed) {
    SimStore sim(seed);
    ASSERT_TRUE(sim.Open().ok());
    ASSERT_TRUE(sim.PutRandom().ok());
    ASSERT_TRUE(sim.Flush());
    sim.PowerLoss(seed);
    sim.ReopenAndCheck(sim.acknowledged_end());
  });
}

// The same of a root folder that the store had made by itself.
TEST(PowerLossIssuesTest, ANewRootFolderLasts) {
  ForEachSeed(kSeeds, [](uint64_t seed) {
    SimStore sim(seed);
    store::StoreOptions options = sim.Options();
    options.root_directory = "/volume/of/mine";
    ASSERT_TRUE(sim.OpenWith(options).ok());
    ASSERT_TRUE(sim.PutRandom().ok());
    ASSERT_TRUE(sim.Flush());
    sim.PowerLoss(seed);
    ASSERT_TRUE(sim.OpenWith(options).ok());
    sim.CheckAndGoOn(sim.acknowledged_end());
  });
}

// Recovery removed a queue's file, power loss brought it back, and it named a message that did not
// exist in a log that had grown meanwhile.
TEST(PowerLossIssuesTest, AFileThatACutRemovedStaysRemoved) {
  ForEachSeed(kSeeds, [](uint64_t seed) {
    SimStore sim(seed);
    ASSERT_TRUE(sim.Open().ok());
    ASSERT_TRUE(sim.PutTo({"lost", 0}, 1, 100).ok());
    ASSERT_TRUE(sim.disk().SyncEverything("/").ok());
    sim.Kill();
    std::string path = PathsWith(&sim, "/commitlog/")[0];
    Replace(&sim, path, std::string(ReadAll(&sim, path).size(), '\0'));
    sim.history().Forget("lost");
    ASSERT_TRUE(sim.Open().ok());
    EXPECT_EQ(sim.store().MaxOffset("lost", 0), 0);
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(sim.PutTo({"other", 0}, 1, 500).ok());
    ASSERT_TRUE(sim.Flush());
    sim.PowerLoss(seed);
    ASSERT_TRUE(sim.Open().ok());
    EXPECT_EQ(sim.store().MaxOffset("lost", 0), 0) << "a phantom";
  });
}

}  // namespace
}  // namespace rewindmq::sim
