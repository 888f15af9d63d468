// The disk refuses one call, of every kind and at every place: no acknowledgement after a failed
// sync, no second try, and nothing that was acknowledged is lost (P6).

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/sim/harness/seeds.h"
#include "tests/sim/harness/sim_store.h"

namespace rewindmq::sim {
namespace {

constexpr int kSeeds = 4;
constexpr int kMaxPlaces = 400;

bool IsLogSync(const Fault& fault) {
  return fault.kind == static_cast<int>(IoKind::kSyncSegment) && fault.path_part == "/commitlog/";
}

// The life of a store with two stops. What fails must fail cleanly; false when the store could not
// be opened, which a failed call may cause once.
bool Live(SimStore* sim, bool* deletion_failed) {
  for (int life = 0; life < 2; ++life) {
    if (!sim->is_open() && !sim->Open().ok()) return false;
    for (int i = 0; i < 12; ++i) {
      sim->clock().AdvanceMs(700);
      store::PutResult put =
          i % 4 == 3 ? sim->PutTo(sim->RandomQueue(), 1, 15'000) : sim->PutRandom();
      if (put.ok() && i % 2 == 0 && !sim->Flush()) return true;
      if (i == 8) {
        sim->store().DeleteQueues("topic2");
        // Its error has no way out. Half deleted is deleted at the next start, or not at all.
        bool is_left = sim->store().HasQueue("topic2", 0) || sim->store().HasQueue("topic2", 1);
        *deletion_failed = is_left;
        if (is_left) return true;
        sim->history().Forget("topic2");
      }
    }
    if (!sim->Close().ok()) return true;
  }
  return true;
}

// False when the fault never came up.
bool FailOnce(uint64_t seed, const Fault& fault) {
  SimStore sim(seed);
  sim.disk().Plan(fault);
  bool deletion_failed = false;
  bool opened = Live(&sim, &deletion_failed);
  bool fired = sim.disk().fired();
  EXPECT_TRUE(opened || fired);
  EXPECT_LE(sim.fatal_calls(), 1) << "on_fatal is called once";
  if (fired && IsLogSync(fault) && sim.is_open()) {
    EXPECT_EQ(sim.fatal_calls(), 1) << "a failed sync of the log must be fatal";
    EXPECT_FALSE(sim.PutRandom().ok()) << "a put after a failed sync";
  }
  if (fired && IsSync(static_cast<IoKind>(fault.kind)) && sim.is_open() && sim.fatal_calls() > 0) {
    int64_t acknowledged = sim.acknowledged_end();
    EXPECT_FALSE(sim.store().Close().ok()) << "closed as if nothing had happened";
    EXPECT_EQ(sim.acknowledged_end(), acknowledged);
    if (IsLogSync(fault)) {
      EXPECT_EQ(sim.disk().repeats(), 0) << "a failed sync was tried again";
    }
  }
  int64_t safe_end = sim.acknowledged_end();
  sim.PowerLoss(seed);
  Status reopened = sim.Open();
  EXPECT_TRUE(reopened.ok()) << reopened.ToString();
  if (!reopened.ok()) return fired;
  bool topic_is_there =
      sim.store().MaxOffset("topic2", 0) > 0 || sim.store().MaxOffset("topic2", 1) > 0;
  if (deletion_failed && !topic_is_there) sim.history().Forget("topic2");
  sim.CheckAndGoOn(safe_end);
  EXPECT_FALSE(testing::Test::HasFailure()) << IoKindName(static_cast<IoKind>(fault.kind)) << " "
                                            << fault.path_part << " fails at " << fault.at << "\n"
                                            << sim.disk().Trace();
  return fired;
}

void FailEverywhere(Fault::Effect effect, const std::vector<std::string>& places) {
  ForEachSeed(kSeeds, [&](uint64_t seed) {
    for (int kind = 0; kind < kIoKinds; ++kind) {
      for (const std::string& place : places) {
        for (int64_t at = 1; at < kMaxPlaces; ++at) {
          Fault fault;
          fault.effect = effect;
          fault.kind = kind;
          fault.path_part = place;
          fault.at = at;
          fault.seed = seed + static_cast<uint64_t>(at);
          if (!FailOnce(seed, fault)) break;
          if (testing::Test::HasFailure()) return;
        }
      }
    }
  });
}

TEST(IoErrorTest, AnErrorInTheLog) { FailEverywhere(Fault::Effect::kIoError, {"/commitlog"}); }

TEST(IoErrorTest, AnErrorInTheConsumeQueues) {
  FailEverywhere(Fault::Effect::kIoError, {"/consumequeue"});
}

TEST(IoErrorTest, AnErrorInTheSmallFiles) {
  FailEverywhere(Fault::Effect::kIoError,
                 {"/checkpoint", "/abort", "/deletedTopics", "/lock", "/quarantine"});
}

TEST(IoErrorTest, TheDiskIsFullForAMoment) {
  FailEverywhere(Fault::Effect::kDiskFull,
                 {"/commitlog", "/consumequeue", "/checkpoint", "/abort", "/deletedTopics"});
}

}  // namespace
}  // namespace rewindmq::sim
