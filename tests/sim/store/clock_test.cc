// The machine's clock is set back and forth by an hour: store times never go back, searches by time
// stay right, and retention does not take the jump for age.

#include <gtest/gtest.h>

#include <algorithm>

#include "broker/store/commit_log.h"
#include "broker/store/queue_table.h"
#include "broker/store/retention.h"
#include "tests/sim/harness/seeds.h"
#include "tests/sim/harness/sim_store.h"

namespace rewindmq::sim {
namespace {

constexpr int kSeeds = 20;
constexpr int kPuts = 200;
constexpr int64_t kHourMs = 3600 * 1000;

void ExpectSearchesRight(SimStore* sim) {
  for (const auto& [name, sent] : sim->history().queues()) {
    auto time_of = [](const Sent& message) { return message.store_timestamp_ms; };
    for (int i = 0; i < 50; ++i) {
      int64_t time = kStartMs + sim->random().Between(-3 * kHourMs, 6 * kHourMs);
      if (i % 2 == 0 && !sent.empty()) {
        time = time_of(sent[sim->random().Below(sent.size())]) + sim->random().Between(-1, 1);
      }
      auto lower = std::find_if(sent.begin(), sent.end(),
                                [&](const Sent& message) { return time_of(message) >= time; });
      auto upper = std::find_if(sent.begin(), sent.end(),
                                [&](const Sent& message) { return time_of(message) > time; });
      int64_t first = lower - sent.begin();
      int64_t last = std::max<int64_t>(0, upper - sent.begin() - 1);
      EXPECT_EQ(sim->store().OffsetByTime(name.first, name.second, time, store::Boundary::kLower),
                first);
      EXPECT_EQ(sim->store().OffsetByTime(name.first, name.second, time, store::Boundary::kUpper),
                last);
    }
  }
}

TEST(ClockTest, StoreTimesNeverGoBackAndSearchesStayRight) {
  ForEachSeed(kSeeds, [](uint64_t seed) {
    SimStore sim(seed);
    ASSERT_TRUE(sim.Open().ok());
    int64_t newest_ms = 0;
    for (int i = 0; i < kPuts; ++i) {
      sim.clock().AdvanceMs(sim.random().Between(0, 1000));
      if (sim.random().OneIn(10)) {
        sim.clock().StepWallMs(sim.random().OneIn(2) ? kHourMs : -kHourMs);
      }
      store::PutResult put = sim.PutRandom();
      ASSERT_TRUE(put.ok()) << put.error;
      ASSERT_GE(put.store_timestamp_ms, newest_ms) << "a store time went back";
      newest_ms = put.store_timestamp_ms;
      if (sim.random().OneIn(20)) {
        ASSERT_TRUE(sim.Flush());
        if (sim.random().OneIn(2)) {
          ASSERT_TRUE(sim.Close().ok());
        } else {
          sim.Kill();
        }
        ASSERT_TRUE(sim.Open().ok());
      }
    }
    ExpectAllOf(sim.store(), sim.history(), &sim.random());
    ExpectSearchesRight(&sim);
  });
}

// Retention as the store runs it, but by hand.
class HandRun {
 public:
  explicit HandRun(SimStore* sim)
      : options_(sim->Options()),
        log_(&sim->disk(), std::string(kRoot) + "/commitlog", options_.commit_log_segment_bytes),
        queues_(&sim->disk(), std::string(kRoot) + "/consumequeue",
                options_.consume_queue_segment_bytes) {
    EXPECT_TRUE(log_.Load().ok());
    EXPECT_TRUE(queues_.Load().ok());
    log_.SetEnd(sim->taken_end());
    store::Retention::Options keep;
    keep.limits.delete_hours.clear();
    for (int32_t hour = 0; hour < 24; ++hour) keep.limits.delete_hours.push_back(hour);
    keep.clock = &sim->clock();
    keep.disk = &sim->disk();
    keep.directory = kRoot;
    keep.on_log_moved = [](int64_t) {};
    retention_ = std::make_unique<store::Retention>(&log_, &queues_, std::move(keep));
  }
  int64_t Deleted() {
    retention_->RunOnce();
    return retention_->deleted_segments();
  }

 private:
  const store::StoreOptions options_;
  store::CommitLog log_;
  store::QueueTable queues_;
  std::unique_ptr<store::Retention> retention_;
};

TEST(ClockTest, AJumpOfTheClockDeletesNothing) {
  QuietLog();
  SimStore sim(1);
  ASSERT_TRUE(sim.Open().ok());
  while (sim.store().MaxPhysicalOffset() < 200'000) {
    ASSERT_TRUE(sim.PutTo(sim.RandomQueue(), 1, 15'000).ok());
  }
  ASSERT_TRUE(sim.Close().ok());
  HandRun retention(&sim);
  EXPECT_EQ(retention.Deleted(), 0);
  sim.clock().StepWallMs(200 * kHourMs);
  EXPECT_EQ(retention.Deleted(), 0) << "the clock jumped, nothing has become old";
  sim.clock().StepWallMs(-400 * kHourMs);
  EXPECT_EQ(retention.Deleted(), 0);
  sim.clock().StepWallMs(200 * kHourMs);
  sim.clock().AdvanceMs(71 * kHourMs);
  EXPECT_EQ(retention.Deleted(), 0);
}

TEST(ClockTest, TimeThatReallyPassedDoesDelete) {
  QuietLog();
  SimStore sim(1);
  ASSERT_TRUE(sim.Open().ok());
  while (sim.store().MaxPhysicalOffset() < 100'000) {
    ASSERT_TRUE(sim.PutTo(sim.RandomQueue(), 1, 15'000).ok());
  }
  ASSERT_TRUE(sim.Close().ok());
  HandRun retention(&sim);
  sim.clock().AdvanceMs(73 * kHourMs);
  EXPECT_GT(retention.Deleted(), 0);
}

}  // namespace
}  // namespace rewindmq::sim
