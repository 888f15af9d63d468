// Consume queues whose files are not what they were left as.

#include <gtest/gtest.h>

#include "broker/store/consume_queue.h"
#include "tests/sim/harness/damage.h"
#include "tests/sim/harness/seeds.h"
#include "tests/sim/harness/sim_store.h"

namespace rewindmq::sim {
namespace {

const QueueName kQueue = {"topic", 0};
constexpr auto kUnitBytes = static_cast<size_t>(store::kConsumeQueueUnitBytes);

store::StoreOptions LongQueues(SimStore* sim) {
  store::StoreOptions options = sim->Options();
  options.consume_queue_segment_bytes = 50 * store::kConsumeQueueUnitBytes;
  return options;
}

void Put(SimStore* sim, const QueueName& name, int count) {
  for (int i = 0; i < count; ++i) ASSERT_TRUE(sim->PutTo(name, 1, 100).ok());
}

void ZeroUnits(SimStore* sim, size_t from, size_t end) {
  std::string path = PathsWith(sim, "/consumequeue/topic/0/")[0];
  size_t bytes = (end - from) * kUnitBytes;
  std::string content = ReadAll(sim, path);
  Replace(sim, path, content.replace(from * kUnitBytes, bytes, bytes, '\0'));
}

// Power loss took the end of the log, and some units in front of others that named it. The zeros
// among them kept the rest of the tail alive.
TEST(QueueIssuesTest, UnitsOfZerosInTheTailAreCutToo) {
  QuietLog();
  SimStore sim(1);
  ASSERT_TRUE(sim.OpenWith(LongQueues(&sim)).ok());
  Put(&sim, kQueue, 40);
  int64_t log_end = sim.history().queues()[kQueue][20].physical_offset;
  sim.Kill();
  std::string path = PathsWith(&sim, "/commitlog/")[0];
  std::string content = ReadAll(&sim, path).substr(0, static_cast<size_t>(log_end));
  Replace(&sim, path, content);
  ZeroUnits(&sim, 20, 24);
  ASSERT_TRUE(sim.OpenWith(LongQueues(&sim)).ok());
  sim.CheckAndGoOn(log_end);
}

// The first unit behind the zeros had lost its first half, and was taken for the queue's last one.
TEST(QueueIssuesTest, AUnitThatLostItsFirstHalfIsCutToo) {
  QuietLog();
  SimStore sim(1);
  ASSERT_TRUE(sim.OpenWith(LongQueues(&sim)).ok());
  Put(&sim, kQueue, 40);
  int64_t log_end = sim.history().queues()[kQueue][20].physical_offset;
  sim.Kill();
  std::string path = PathsWith(&sim, "/commitlog/")[0];
  Replace(&sim, path, ReadAll(&sim, path).substr(0, static_cast<size_t>(log_end)));
  ZeroUnits(&sim, 20, 24);
  path = PathsWith(&sim, "/consumequeue/topic/0/")[0];
  std::string content = ReadAll(&sim, path);
  Replace(&sim, path, content.replace(24 * kUnitBytes, 8, 8, '\0'));
  ASSERT_TRUE(sim.OpenWith(LongQueues(&sim)).ok());
  sim.CheckAndGoOn(log_end);
}

// The end of a queue's file was lost while the store was stopped. The start looked at the newest
// queue only; the messages were gone without a word, and the next one got an offset a second time.
TEST(QueueIssuesTest, AQueueThatWasCutShortIsNoticed) {
  QuietLog();
  SimStore sim(1);
  ASSERT_TRUE(sim.OpenWith(LongQueues(&sim)).ok());
  Put(&sim, kQueue, 10);
  Put(&sim, {"other", 0}, 1);
  ASSERT_TRUE(sim.Close().ok());
  ZeroUnits(&sim, 5, 10);
  ASSERT_TRUE(sim.OpenWith(LongQueues(&sim)).ok());
  EXPECT_EQ(sim.store().MaxOffset(kQueue.first, kQueue.second), 10);
  EXPECT_EQ(ExpectDamageReported(sim.store(), sim.history(), INT64_MAX, &sim.random()), 0);
}

// A bit of a queue's last unit had flipped when the process was killed; the unit was cut, because
// it seemed to name a record that the log had lost.
TEST(QueueIssuesTest, ADamagedLastUnitIsNotTakenForALostRecord) {
  QuietLog();
  for (int64_t byte = 0; byte < 12; ++byte) {
    SimStore sim(1);
    ASSERT_TRUE(sim.OpenWith(LongQueues(&sim)).ok());
    Put(&sim, kQueue, 5);
    ASSERT_TRUE(sim.Flush());
    sim.clock().AdvanceMs(60'000);
    while (sim.store().MaxPhysicalOffset() < 200'000) {
      ASSERT_TRUE(sim.PutTo({"other", 0}, 1, 9000).ok());
    }
    ASSERT_TRUE(sim.Close().ok());
    ASSERT_TRUE(sim.OpenWith(LongQueues(&sim)).ok());
    sim.Kill();
    std::string path = PathsWith(&sim, "/consumequeue/topic/0/")[0];
    std::string content = ReadAll(&sim, path);
    content[static_cast<size_t>(4 * kUnitBytes + byte)] ^= 0x40;
    Replace(&sim, path, content);
    ASSERT_TRUE(sim.OpenWith(LongQueues(&sim)).ok());
    EXPECT_EQ(sim.store().MaxOffset(kQueue.first, kQueue.second), 5) << "byte " << byte;
    EXPECT_EQ(ExpectDamageReported(sim.store(), sim.history(), INT64_MAX, &sim.random()), 0);
  }
}

// A killed process had not synced its queue. The next one took what it found for synced, so that
// its clean stop did not make it last either.
TEST(QueueIssuesTest, AFlushAfterAKillSyncsWhatTheKilledProcessWrote) {
  ForEachSeed(20, [](uint64_t seed) {
    SimStore sim(seed);
    ASSERT_TRUE(sim.Open().ok());
    Put(&sim, kQueue, 5);
    sim.Kill();
    ASSERT_TRUE(sim.Open().ok());
    sim.clock().AdvanceMs(60'000);
    while (sim.store().MaxPhysicalOffset() < 200'000) {
      ASSERT_TRUE(sim.PutTo({"other", 0}, 1, 9000).ok());
    }
    ASSERT_TRUE(sim.Close().ok());
    sim.PowerLoss(seed);
    sim.ReopenAndCheck(sim.acknowledged_end());
  });
}

// A crash came between the note of a deletion and the deletion.
TEST(QueueIssuesTest, ADeletionThatWasNotedIsEndedByTheNextStart) {
  ForEachSeed(8, [](uint64_t seed) {
    SimStore sim(seed);
    ASSERT_TRUE(sim.Open().ok());
    Put(&sim, kQueue, 3);
    Fault fault;
    fault.effect = Fault::Effect::kKill;
    fault.kind = static_cast<int>(IoKind::kRename);
    fault.path_part = "/consumequeue/";
    fault.seed = seed;
    sim.disk().Plan(fault);
    sim.store().DeleteQueues(kQueue.first);
    ASSERT_TRUE(sim.disk().fired());
    sim.Restart();
    ASSERT_TRUE(sim.Open().ok());
    EXPECT_EQ(sim.store().MaxOffset(kQueue.first, kQueue.second), 0);
  });
}

// A topic was deleted, and power loss took the end of the log with the place of the deletion. What
// was put there anew counted as deleted.
TEST(QueueIssuesTest, MessagesBehindADeletionThatLostItsPlaceStay) {
  ForEachSeed(20, [](uint64_t seed) {
    SimStore sim(seed);
    ASSERT_TRUE(sim.Open().ok());
    Put(&sim, {"other", 0}, 1);
    ASSERT_TRUE(sim.Flush());
    Put(&sim, kQueue, 20);
    sim.store().DeleteQueues(kQueue.first);
    sim.history().Forget(kQueue.first);
    sim.PowerLoss(seed);
    ASSERT_TRUE(sim.Open().ok());
    Put(&sim, kQueue, 3);
    sim.Kill();
    sim.ReopenAndCheck(sim.taken_end());
  });
}

// The folder of a deleted topic could not be moved away, and new units were written among the old
// ones, which came back with the next start.
TEST(QueueIssuesTest, AFailedDeletionKeepsTheQueue) {
  QuietLog();
  SimStore sim(1);
  ASSERT_TRUE(sim.Open().ok());
  Put(&sim, kQueue, 3);
  Fault fault;
  fault.kind = static_cast<int>(IoKind::kRename);
  fault.path_part = "/consumequeue/";
  sim.disk().Plan(fault);
  sim.store().DeleteQueues(kQueue.first);
  ASSERT_TRUE(sim.disk().fired());
  Put(&sim, kQueue, 1);
  EXPECT_EQ(sim.store().MaxOffset(kQueue.first, kQueue.second), 4);
}

}  // namespace
}  // namespace rewindmq::sim
