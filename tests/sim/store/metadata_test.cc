// The broker's small files: a crash at every call to the disk leaves the old content or the new
// one, and a refused call leaves the old one (P7).

#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "broker/offset/offset_table.h"
#include "broker/topic/topic_table.h"
#include "common/base/clock.h"
#include "tests/sim/disk/sim_disk.h"
#include "tests/sim/harness/seeds.h"

namespace rewindmq::sim {
namespace {

using broker::OffsetTable;
using broker::TopicTable;

constexpr int kSeeds = 10;
constexpr char kConfig[] = "/store/config";
constexpr char kTopics[] = "/store/config/topics.json";
constexpr int64_t kCommitted = 100;
constexpr int64_t kLater = 200;
constexpr int64_t kReset = 50;

void MakeConfigFolder(SimDisk* disk) {
  ASSERT_TRUE(disk->files().MakeDirectories(kConfig).ok());
  ASSERT_TRUE(disk->files().SyncDirectory("/").ok());
  ASSERT_TRUE(disk->files().SyncDirectory("/store").ok());
}

std::unique_ptr<OffsetTable> LoadOffsets(SimDisk* disk) {
  Result<std::unique_ptr<OffsetTable>> loaded = OffsetTable::Load(kConfig, disk->files());
  EXPECT_TRUE(loaded.ok()) << loaded.status().ToString();
  return loaded.ok() ? std::move(loaded).value() : nullptr;
}

std::unique_ptr<TopicTable> LoadTopics(SimDisk* disk) {
  static const FakeClock clock(1);
  Result<std::unique_ptr<TopicTable>> loaded = TopicTable::Load(kTopics, &clock, disk->files());
  EXPECT_TRUE(loaded.ok()) << loaded.status().ToString();
  return loaded.ok() ? std::move(loaded).value() : nullptr;
}

protocol::TopicConfig Topic(const std::string& name, int32_t queues) {
  protocol::TopicConfig topic;
  topic.topic_name = name;
  topic.read_queue_nums = queues;
  return topic;
}

// A fault at every call of `work`, and behind it `check`, which is told whether the work succeeded.
void AtEveryCall(Fault::Effect effect, const std::function<void(SimDisk*)>& prepare,
                 const std::function<bool(SimDisk*)>& work,
                 const std::function<void(SimDisk*, bool done)>& check) {
  ForEachSeed(kSeeds, [&](uint64_t seed) {
    int64_t step = 1;
    for (bool fired = true; fired && !testing::Test::HasFailure(); ++step) {
      SimDisk disk;
      MakeConfigFolder(&disk);
      prepare(&disk);
      Fault fault;
      fault.effect = effect;
      fault.at = step;
      fault.seed = seed;
      disk.Plan(fault);
      bool done = work(&disk);
      fired = disk.fired();
      if (!disk.down()) disk.PowerLoss(seed);
      disk.Reboot();
      check(&disk, done);
      EXPECT_FALSE(testing::Test::HasFailure()) << "step " << step << "\n" << disk.Trace();
    }
    EXPECT_GT(step, 4) << "there were calls to fail";
  });
}

void PrepareOffsets(SimDisk* disk) {
  for (int64_t offset : {int64_t{1}, kCommitted}) {  // twice, so that there is a previous copy
    std::unique_ptr<OffsetTable> offsets = LoadOffsets(disk);
    (void)offsets->Commit("group", "topic", 0, offset);
    ASSERT_TRUE(offsets->Persist().ok());
  }
}

bool SaveOffsets(SimDisk* disk) {
  std::unique_ptr<OffsetTable> offsets = LoadOffsets(disk);
  (void)offsets->Commit("group", "topic", 0, kLater);
  return offsets->Persist().ok();
}

void CheckOffsets(SimDisk* disk, bool done) {
  std::unique_ptr<OffsetTable> offsets = LoadOffsets(disk);
  ASSERT_NE(offsets, nullptr);
  int64_t found = offsets->Find("group", "topic", 0).value_or(-1);
  EXPECT_TRUE(found == kLater || (!done && found == kCommitted)) << found;
}

TEST(MetadataTest, CrashWhileOffsetsAreSaved) {
  AtEveryCall(Fault::Effect::kPowerLoss, PrepareOffsets, SaveOffsets, CheckOffsets);
  AtEveryCall(Fault::Effect::kKill, PrepareOffsets, SaveOffsets, CheckOffsets);
}

TEST(MetadataTest, ErrorsWhileOffsetsAreSavedLeaveTheOldOnes) {
  AtEveryCall(Fault::Effect::kIoError, PrepareOffsets, SaveOffsets, CheckOffsets);
  AtEveryCall(Fault::Effect::kDiskFull, PrepareOffsets, SaveOffsets, CheckOffsets);
}

// A reset that was answered holds; one that was not is there or not, but never in part.
TEST(MetadataTest, CrashWhileAResetIsAssignedAndFollowed) {
  auto work = [](SimDisk* disk) {
    std::unique_ptr<OffsetTable> offsets = LoadOffsets(disk);
    return offsets->AssignReset({"group", {{"topic", {{0, kReset}, {1, kReset}}}}}).ok();
  };
  auto check = [](SimDisk* disk, bool done) {
    std::unique_ptr<OffsetTable> offsets = LoadOffsets(disk);
    ASSERT_NE(offsets, nullptr);
    auto is_reset = [&](int32_t queue_id) {
      auto place = offsets->ResetOf("group", "topic", queue_id);
      return place && !place->followed && place->offset == kReset;
    };
    bool first = is_reset(0);
    bool second = is_reset(1);
    EXPECT_EQ(first, second);
    EXPECT_TRUE(first || !done);
    EXPECT_EQ(offsets->Find("group", "topic", 0), first ? kReset : kCommitted);
  };
  for (Fault::Effect effect : {Fault::Effect::kPowerLoss, Fault::Effect::kKill,
                               Fault::Effect::kIoError, Fault::Effect::kDiskFull}) {
    AtEveryCall(effect, PrepareOffsets, work, check);
  }
}

// The offset that a reset gave must be on disk before the reset is followed there.
TEST(MetadataTest, CrashWhileAResetIsFollowed) {
  constexpr int64_t kRememberedUntilMs = 1'700'000'000'000;
  auto prepare = [](SimDisk* disk) {
    PrepareOffsets(disk);
    ASSERT_TRUE(LoadOffsets(disk)->AssignReset({"group", {{"topic", {{0, kReset}}}}}).ok());
  };
  auto work = [](SimDisk* disk) {
    std::unique_ptr<OffsetTable> offsets = LoadOffsets(disk);
    offsets->ResetFollowed("group", "topic", 0, {}, kRememberedUntilMs);
    (void)offsets->Commit("group", "topic", 0, kReset + 1);
    return offsets->Persist().ok();
  };
  auto check = [](SimDisk* disk, bool done) {
    std::unique_ptr<OffsetTable> offsets = LoadOffsets(disk);
    ASSERT_NE(offsets, nullptr);
    auto place = offsets->ResetOf("group", "topic", 0);
    ASSERT_TRUE(place) << "remembered for those that have not followed";
    bool pending = !place->followed;
    int64_t found = offsets->Find("group", "topic", 0).value_or(-1);
    EXPECT_TRUE(found == kReset + 1 || (!done && found == kReset)) << found;
    EXPECT_FALSE(done && pending);
  };
  for (Fault::Effect effect : {Fault::Effect::kPowerLoss, Fault::Effect::kKill}) {
    AtEveryCall(effect, prepare, work, check);
  }
}

void PrepareTopics(SimDisk* disk) {
  for (const char* name : {"first", "second"}) {
    ASSERT_TRUE(LoadTopics(disk)->Put(Topic(name, 4)).ok());
  }
}

bool SaveTopic(SimDisk* disk) {
  std::unique_ptr<TopicTable> topics = LoadTopics(disk);
  return topics->Put(Topic("second", 8)).ok() && topics->Remove("first").ok();
}

void CheckTopics(SimDisk* disk, bool done) {
  std::unique_ptr<TopicTable> topics = LoadTopics(disk);
  ASSERT_NE(topics, nullptr);
  ASSERT_TRUE(topics->Find("second").has_value());
  int32_t queues = topics->Find("second")->read_queue_nums;
  bool removed = !topics->Find("first").has_value();
  EXPECT_TRUE(queues == 8 || (!done && queues == 4)) << queues;
  EXPECT_TRUE(removed || !done);
  EXPECT_TRUE(queues == 8 || !removed) << "the later change without the one before it";
}

TEST(MetadataTest, CrashWhileTopicsAreSaved) {
  AtEveryCall(Fault::Effect::kPowerLoss, PrepareTopics, SaveTopic, CheckTopics);
  AtEveryCall(Fault::Effect::kKill, PrepareTopics, SaveTopic, CheckTopics);
}

TEST(MetadataTest, ErrorsWhileTopicsAreSavedLeaveTheOldOnes) {
  AtEveryCall(Fault::Effect::kIoError, PrepareTopics, SaveTopic, CheckTopics);
  AtEveryCall(Fault::Effect::kDiskFull, PrepareTopics, SaveTopic, CheckTopics);
}

}  // namespace
}  // namespace rewindmq::sim
