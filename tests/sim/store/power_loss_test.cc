// Power loss and kill -9 at random moments, with SYNC and ASYNC flush: promises P1 to P3.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/sim/harness/seeds.h"
#include "tests/sim/harness/sim_store.h"

namespace rewindmq::sim {
namespace {

constexpr int kSeeds = 500;
constexpr int kMaxAppends = 200;
constexpr int kMaxCrashes = 3;

enum class Mode { kSync, kAsync };
enum class End { kPower, kKill };

class CrashRun {
 public:
  CrashRun(uint64_t seed, Mode mode) : sim_(seed), random_(~seed), mode_(mode) {}

  void Go() {
    int crashes = static_cast<int>(random_.Between(1, kMaxCrashes));
    int appends = static_cast<int>(random_.Between(1, kMaxAppends));
    Open();
    for (int i = 0; i < crashes && !testing::Test::HasFatalFailure(); ++i) {
      // One half ends between two steps, the other inside of one, at some call to the disk.
      bool inside = random_.OneIn(2);
      end_ = mode_ == Mode::kAsync && random_.OneIn(2) ? End::kKill : End::kPower;
      if (inside) PlanEnd();
      for (int k = 0; k < appends / crashes && !sim_.disk().down(); ++k) Step();
      CrashAndCheck();
    }
  }

 private:
  void Open() {
    Status opened = sim_.Open();
    ASSERT_TRUE(opened.ok()) << opened.ToString();
  }

  void PlanEnd() {
    Fault fault;
    fault.effect = end_ == End::kPower ? Fault::Effect::kPowerLoss : Fault::Effect::kKill;
    fault.at = random_.Between(1, 150);
    fault.seed = random_.Next();
    sim_.disk().Plan(fault);
  }

  void Step() {
    sim_.clock().AdvanceMs(random_.OneIn(8) ? random_.Between(0, 5000) : random_.Between(0, 20));
    store::PutResult put = sim_.PutRandom();
    EXPECT_TRUE(put.ok() || sim_.disk().down()) << put.error;
    if (!put.ok()) return;
    if (random_.OneIn(mode_ == Mode::kSync ? 2 : 10)) {
      bool durable = sim_.WaitDurable(put.end_offset);
      EXPECT_TRUE(durable || sim_.disk().down());
    }
    if (random_.OneIn(20)) sim_.disk().WriteBackSome(random_.Next());
    if (random_.OneIn(60)) Restart();
  }

  // A clean stop in between gives checkpoints and synced queues to the crash that follows.
  void Restart() {
    Status closed = sim_.Close();
    EXPECT_TRUE(closed.ok() || sim_.disk().down()) << closed.ToString();
    if (sim_.disk().down()) return;
    Status opened = sim_.Open();
    EXPECT_TRUE(opened.ok() || sim_.disk().down()) << opened.ToString();
  }

  void CrashAndCheck() {
    int64_t safe_end = sim_.acknowledged_end();
    if (!sim_.disk().down()) {
      end_ == End::kPower ? sim_.disk().PowerLoss(random_.Next()) : sim_.disk().KillProcess();
    }
    if (end_ == End::kKill) safe_end = std::max(safe_end, sim_.taken_end());
    sim_.Restart();
    sim_.ReopenAndCheck(safe_end);
  }

  SimStore sim_;
  Random random_;
  const Mode mode_;
  End end_ = End::kPower;
};

TEST(PowerLossTest, SyncedMessagesSurviveAndEachQueueIsAPrefix) {
  ForEachSeed(kSeeds, [](uint64_t seed) { CrashRun(seed, Mode::kSync).Go(); });
}

TEST(PowerLossTest, WithAsyncFlushAKillTakesNothingAndPowerLossOnlyWhatWasNotSynced) {
  ForEachSeed(kSeeds, [](uint64_t seed) { CrashRun(seed, Mode::kAsync).Go(); });
}

// A crash is found by the next start also when the one after it comes first.
TEST(PowerLossTest, PowerLossAfterAKillStillTakesOnlyWhatWasNotSynced) {
  ForEachSeed(kSeeds / 5, [](uint64_t seed) {
    SimStore sim(seed);
    ASSERT_TRUE(sim.Open().ok());
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(sim.PutRandom().ok());
    ASSERT_TRUE(sim.Flush());
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(sim.PutRandom().ok());
    sim.Kill();
    sim.PowerLoss(seed);
    sim.ReopenAndCheck(sim.acknowledged_end());
  });
}

}  // namespace
}  // namespace rewindmq::sim
