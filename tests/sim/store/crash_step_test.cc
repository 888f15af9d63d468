// A crash at every call to the disk, for each thing that the store does with it.

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "tests/sim/harness/crash_steps.h"
#include "tests/sim/harness/seeds.h"

namespace rewindmq::sim {
namespace {

constexpr int kSeeds = 6;
constexpr auto kDeadline = std::chrono::seconds(20);

void OpenAndFill(SimStore& sim, int messages) {
  ASSERT_TRUE(sim.Open().ok());
  for (int i = 0; i < messages; ++i) {
    ASSERT_TRUE(sim.PutRandom().ok());
    sim.clock().AdvanceMs(300);
  }
}

void OpenOrDown(SimStore& sim) {
  Status opened = sim.Open();
  EXPECT_TRUE(opened.ok() || sim.disk().down()) << opened.ToString();
}

void CheckPrefix(SimStore& sim, int64_t safe_end) { sim.ReopenAndCheck(safe_end); }

void RunForSeeds(const CrashSteps& steps, int64_t least_crashes) {
  ForEachSeed(kSeeds, [&](uint64_t seed) {
    int64_t crashes = CrashAtEveryStep(seed, steps);
    EXPECT_GE(crashes, least_crashes) << "there were calls to crash at";
  });
}

TEST(CrashStepTest, TheFirstStart) {
  CrashSteps steps;
  steps.prepare = [](SimStore&) {};
  steps.work = OpenOrDown;
  steps.check = CheckPrefix;
  RunForSeeds(steps, 10);
}

TEST(CrashStepTest, AppendAndSync) {
  CrashSteps steps;
  steps.prepare = [](SimStore& sim) { OpenAndFill(sim, 3); };
  steps.work = [](SimStore& sim) {
    for (int i = 0; i < 8 && !sim.disk().down(); ++i) {
      if (sim.PutRandom().ok()) (void)sim.Flush();
    }
  };
  steps.check = CheckPrefix;
  RunForSeeds(steps, 20);
}

TEST(CrashStepTest, RollToNewSegments) {
  CrashSteps steps;
  steps.prepare = [](SimStore& sim) { OpenAndFill(sim, 3); };
  steps.work = [](SimStore& sim) {
    for (int i = 0; i < 10 && !sim.disk().down(); ++i) {
      bool put = sim.PutTo(sim.RandomQueue(), 1, 15'000).ok();
      if (put && i % 3 == 2) (void)sim.Flush();
    }
  };
  steps.check = CheckPrefix;
  RunForSeeds(steps, 20);
}

TEST(CrashStepTest, FlushOfEverythingAndCheckpoint) {
  CrashSteps steps;
  steps.prepare = [](SimStore& sim) { OpenAndFill(sim, 30); };
  steps.work = [](SimStore& sim) {
    Status closed = sim.Close();
    EXPECT_TRUE(closed.ok() || sim.disk().down()) << closed.ToString();
  };
  steps.check = CheckPrefix;
  RunForSeeds(steps, 20);
}

TEST(CrashStepTest, RecoveryAfterAKill) {
  CrashSteps steps;
  steps.prepare = [](SimStore& sim) {
    OpenAndFill(sim, 20);
    ASSERT_TRUE(sim.Close().ok());
    OpenAndFill(sim, 20);
    ASSERT_TRUE(sim.Flush());
    ASSERT_TRUE(sim.PutRandom().ok());
    sim.Kill();
  };
  steps.work = OpenOrDown;
  steps.check = CheckPrefix;
  RunForSeeds(steps, 10);
}

TEST(CrashStepTest, RecoveryAfterPowerLoss) {
  CrashSteps steps;
  steps.prepare = [](SimStore& sim) {
    OpenAndFill(sim, 20);
    ASSERT_TRUE(sim.Close().ok());
    OpenAndFill(sim, 20);
    ASSERT_TRUE(sim.Flush());
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(sim.PutRandom().ok());
    sim.PowerLoss(static_cast<uint64_t>(sim.clock().WallMs()) + sim.random().Next());
  };
  steps.work = OpenOrDown;
  steps.check = CheckPrefix;
  RunForSeeds(steps, 10);
}

TEST(CrashStepTest, RecoveryThatBuildsAllQueuesAgain) {
  CrashSteps steps;
  steps.prepare = [](SimStore& sim) {
    OpenAndFill(sim, 40);
    ASSERT_TRUE(sim.Close().ok());
    ASSERT_TRUE(sim.disk().files().RemoveTree(std::string(kRoot) + "/consumequeue").ok());
    ASSERT_TRUE(sim.disk().files().SyncDirectory(kRoot).ok());
  };
  steps.work = OpenOrDown;
  steps.check = CheckPrefix;
  RunForSeeds(steps, 10);
}

// A topic is there as a whole or not at all; deleted is deleted, and a new one starts at 0.
TEST(CrashStepTest, DeletionOfATopicsQueues) {
  bool returned = false;
  CrashSteps steps;
  steps.prepare = [](SimStore& sim) {
    OpenAndFill(sim, 20);
    for (int32_t queue : {0, 1}) ASSERT_TRUE(sim.PutTo({"topic0", queue}, 1).ok());
    ASSERT_TRUE(sim.Flush());
  };
  steps.work = [&](SimStore& sim) {
    sim.store().DeleteQueues("topic0");
    returned = !sim.disk().down();
    if (!returned) return;
    sim.history().Forget("topic0");
    if (sim.PutTo({"topic0", 0}, 1).ok()) (void)sim.Flush();
  };
  steps.check = [&](SimStore& sim, int64_t safe_end) {
    ASSERT_TRUE(sim.Open().ok());
    bool first = sim.store().MaxOffset("topic0", 0) > 0;
    bool second = sim.store().MaxOffset("topic0", 1) > 0;
    if (!returned) {
      EXPECT_EQ(first, second) << "half of the topic is left";
      if (!first) sim.history().Forget("topic0");
    } else {
      EXPECT_FALSE(second) << "the deletion was undone";
    }
    sim.CheckAndGoOn(safe_end);
  };
  RunForSeeds(steps, 10);
}

TEST(CrashStepTest, DeletionOfOldSegments) {
  CrashSteps steps;
  steps.prepare = [](SimStore& sim) {
    OpenAndFill(sim, 0);
    while (sim.store().MaxPhysicalOffset() < 150'000) {
      ASSERT_TRUE(sim.PutTo(sim.RandomQueue(), 1, 15'000).ok());
    }
    sim.clock().AdvanceMs(int64_t{100} * 3600 * 1000);
    ASSERT_TRUE(sim.PutRandom().ok());
    while (sim.store().MaxPhysicalOffset() < 250'000) {
      ASSERT_TRUE(sim.PutTo(sim.RandomQueue(), 1, 15'000).ok());
    }
    ASSERT_TRUE(sim.Close().ok());
  };
  steps.work = [](SimStore& sim) {
    store::StoreOptions options = sim.Options();
    options.retention.delete_hours.clear();
    for (int32_t hour = 0; hour < 24; ++hour) options.retention.delete_hours.push_back(hour);
    Status opened = sim.OpenWith(options);
    EXPECT_TRUE(opened.ok() || sim.disk().down()) << opened.ToString();
    if (!opened.ok()) return;
    // Its own thread deletes; one segment at once, the next a tenth of a second later.
    auto deadline = std::chrono::steady_clock::now() + kDeadline;
    while (!sim.disk().down() && sim.store().Stats().deleted_segments < 1) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "nothing is deleted";
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    if (!sim.disk().down()) (void)sim.Close();
  };
  steps.check = CheckPrefix;
  RunForSeeds(steps, 10);
}

}  // namespace
}  // namespace rewindmq::sim
