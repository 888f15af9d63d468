#include "tests/sim/disk/sim_disk.h"

#include <gtest/gtest.h>

#include <cstring>

namespace rewindmq::sim {
namespace {

using Effect = Fault::Effect;
using Sync = FileSystem::Sync;

constexpr int64_t kSegmentBytes = 16 * 1024;

std::shared_ptr<store::Segment> OpenAt(SimDisk* disk, const std::string& path) {
  Result<std::shared_ptr<store::Segment>> segment =
      disk->OpenSegment(path, kSegmentBytes, kSegmentBytes);
  EXPECT_TRUE(segment.ok()) << segment.status().ToString();
  return *segment;
}

TEST(SimDiskTest, ASegmentIsMemoryThatPowerLossTakes) {
  SimDisk disk;
  std::shared_ptr<store::Segment> segment = OpenAt(&disk, "/s");
  ASSERT_TRUE(disk.files().SyncDirectory("/").ok());
  std::memcpy(segment->At(kSegmentBytes), "synced", 6);
  ASSERT_TRUE(segment->Sync(kSegmentBytes, kSegmentBytes + 6).ok());
  bool kept = false;
  bool lost = false;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    std::memcpy(segment->At(kSegmentBytes + 8192), "volatile", 8);
    disk.PowerLoss(seed);
    EXPECT_EQ(segment->Sync(kSegmentBytes, kSegmentBytes + 6).code(), ErrorCode::kIo);
    EXPECT_EQ(disk.files().SyncDirectory("/").code(), ErrorCode::kIo);
    disk.Reboot();
    EXPECT_EQ(segment->Sync(kSegmentBytes, kSegmentBytes + 6).code(), ErrorCode::kIo)
        << "a segment of before the crash still works";
    segment = OpenAt(&disk, "/s");
    EXPECT_EQ(std::string(segment->At(kSegmentBytes), 6), "synced");
    bool here = std::string(segment->At(kSegmentBytes + 8192), 8) == "volatile";
    kept |= here;
    lost |= !here;
    ASSERT_TRUE(segment->CutAt(kSegmentBytes + 6).ok());
    EXPECT_EQ(segment->NextData(kSegmentBytes + 6), 2 * kSegmentBytes);
  }
  EXPECT_TRUE(kept);
  EXPECT_TRUE(lost);
}

TEST(SimDiskTest, KillTakesNothingFromThePageCacheAndPowerLossAfterItStillDoes) {
  bool lost = false;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    SimDisk disk;
    std::shared_ptr<store::Segment> old = OpenAt(&disk, "/s");
    ASSERT_TRUE(disk.files().SyncDirectory("/").ok());
    ASSERT_TRUE(disk.files().Write("/f", "text", Sync::kNo).ok());
    std::memcpy(old->At(kSegmentBytes), "written", 7);
    disk.KillProcess();
    std::memcpy(old->At(kSegmentBytes), "too late", 8);
    disk.Reboot();
    EXPECT_EQ(*disk.files().Read("/f", 10), "text");
    EXPECT_EQ(std::string(OpenAt(&disk, "/s")->At(kSegmentBytes), 7), "written");
    disk.PowerLoss(seed);
    disk.Reboot();
    lost |= std::string(OpenAt(&disk, "/s")->At(kSegmentBytes), 7) != "written";
  }
  EXPECT_TRUE(lost);
}

TEST(SimDiskTest, TheSameSeedGivesTheSameCrash) {
  auto run = [](uint64_t seed) {
    SimDisk disk;
    for (int i = 0; i < 10; ++i) {
      std::string path = "/" + std::to_string(i);
      EXPECT_TRUE(disk.files().Write(path, Random(9).Bytes(20'000), Sync::kNo).ok());
    }
    disk.PowerLoss(seed);
    disk.Reboot();
    std::string all;
    for (const std::string& path : disk.Paths()) all += path + *disk.files().Read(path, 1 << 20);
    return all;
  };
  EXPECT_EQ(run(5), run(5));
  EXPECT_NE(run(5), run(6));
}

TEST(SimDiskTest, TheNthCallFailsAsPlanned) {
  SimDisk disk;
  disk.Plan({.effect = Effect::kIoError, .at = 2, .path_part = "b"});
  EXPECT_TRUE(disk.files().Write("/a", "", Sync::kNo).ok());
  EXPECT_TRUE(disk.files().Write("/b1", "", Sync::kNo).ok());
  EXPECT_FALSE(disk.fired());
  EXPECT_EQ(disk.files().Write("/b2", "", Sync::kNo).code(), ErrorCode::kIo);
  EXPECT_TRUE(disk.fired());
  EXPECT_TRUE(disk.files().Write("/b3", "", Sync::kNo).ok());

  disk.Plan({.effect = Effect::kDiskFull, .kind = static_cast<int>(IoKind::kRename)});
  EXPECT_TRUE(disk.files().Write("/c", "", Sync::kNo).ok());
  EXPECT_EQ(disk.files().Rename("/c", "/d").code(), ErrorCode::kResourceExhausted);
  EXPECT_TRUE(disk.files().Rename("/c", "/d").ok());
  EXPECT_NE(disk.Trace().find("rename /d  <- the planned fault"), std::string::npos);
}

TEST(SimDiskTest, ThePowerEndsAtTheNthCall) {
  SimDisk disk;
  ASSERT_TRUE(disk.files().Write("/a", "old", Sync::kYes).ok());
  ASSERT_TRUE(disk.files().SyncDirectory("/").ok());
  disk.Plan({.effect = Effect::kPowerLoss, .at = 2});
  ASSERT_TRUE(disk.files().Write("/b", "", Sync::kNo).ok());
  EXPECT_EQ(disk.files().Write("/a", "new", Sync::kNo).code(), ErrorCode::kIo);
  EXPECT_TRUE(disk.down());
  EXPECT_EQ(disk.files().Read("/a", 10).status().code(), ErrorCode::kIo);
  EXPECT_FALSE(disk.files().Exists("/a"));
  disk.Reboot();
  std::string content = *disk.files().Read("/a", 10);
  EXPECT_TRUE(content == "old" || content == "new" || content.empty()) << content;
}

TEST(SimDiskTest, AFailedSyncLosesThePagesForGood) {
  SimDisk disk;
  std::shared_ptr<store::Segment> segment = OpenAt(&disk, "/s");
  ASSERT_TRUE(disk.files().SyncDirectory("/").ok());
  std::memcpy(segment->At(kSegmentBytes), "lost", 4);
  disk.Plan({.kind = static_cast<int>(IoKind::kSyncSegment)});
  EXPECT_EQ(segment->Sync(kSegmentBytes, kSegmentBytes + 4).code(), ErrorCode::kIo);
  EXPECT_TRUE(segment->Sync(kSegmentBytes, kSegmentBytes + 4).ok());
  for (uint64_t seed = 0; seed < 10; ++seed) {
    disk.PowerLoss(seed);
    disk.Reboot();
    EXPECT_EQ(*OpenAt(&disk, "/s")->At(kSegmentBytes), '\0');
  }
}

TEST(SimDiskTest, AFullDiskRefusesToReserve) {
  SimDisk disk;
  disk.SetCapacity(3 * static_cast<int64_t>(kPageBytes));
  std::shared_ptr<store::Segment> segment = OpenAt(&disk, "/s");
  EXPECT_TRUE(segment->Reserve(kSegmentBytes, kSegmentBytes + 100, 1 << 20).ok());
  EXPECT_TRUE(segment->Reserve(kSegmentBytes, kSegmentBytes + 12'000, 0).ok());
  EXPECT_EQ(segment->Reserve(kSegmentBytes, kSegmentBytes + 12'289, 0).code(),
            ErrorCode::kResourceExhausted);
  Result<store::DiskUsage> usage = disk.Usage("/");
  ASSERT_TRUE(usage.ok());
  EXPECT_EQ(usage->free_bytes, 0);
  EXPECT_EQ(usage->used_ratio(), 1.0);
  ASSERT_TRUE(segment->CutAt(kSegmentBytes).ok());
  EXPECT_EQ(disk.used_bytes(), 0);
}

TEST(SimDiskTest, OneHolderOfALockAtATime) {
  SimDisk disk;
  Result<std::unique_ptr<store::DiskLock>> held = disk.Lock("/lock");
  ASSERT_TRUE(held.ok());
  EXPECT_EQ(disk.Lock("/lock").status().code(), ErrorCode::kConflict);
  held->reset();
  EXPECT_TRUE(disk.Lock("/lock").ok());
}

TEST(SimDiskTest, MetadataFilesSurviveACrashAtEveryStep) {
  for (int64_t step = 1;; ++step) {
    for (uint64_t seed = 0; seed < 10; ++seed) {
      SimDisk disk;
      ASSERT_TRUE(ReplaceFile(disk.files(), "/f", "one").ok());
      ASSERT_TRUE(ReplaceFile(disk.files(), "/f", "two").ok());
      disk.Plan({.effect = Effect::kPowerLoss, .at = step, .seed = seed});
      bool replaced = ReplaceFile(disk.files(), "/f", "three").ok();
      EXPECT_EQ(replaced, !disk.fired());
      if (replaced) disk.PowerLoss(seed);
      disk.Reboot();
      std::string content = *disk.files().Read("/f", 10);
      EXPECT_TRUE(content == "three" || (!replaced && content == "two"))
          << step << " " << seed << ": " << content;
      if (replaced && seed == 9) return;
    }
  }
}

}  // namespace
}  // namespace rewindmq::sim
