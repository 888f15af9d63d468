#include "broker/store/retention.h"

#include <chrono>
#include <thread>

#include "common/base/file.h"
#include "tests/unit/broker/store/store_fixture.h"

namespace rewindmq::store {
namespace {

constexpr int64_t kHourMs = 3'600'000;

// The machine's disk, as full as the test says.
class FullnessDisk final : public Disk {
 public:
  FileSystem& files() override { return RealDisk().files(); }
  Result<std::shared_ptr<Segment>> OpenSegment(std::string path, int64_t base_offset,
                                               int64_t bytes) override {
    return RealDisk().OpenSegment(std::move(path), base_offset, bytes);
  }
  Result<std::unique_ptr<DiskLock>> Lock(const std::string& path) override {
    return RealDisk().Lock(path);
  }
  Result<DiskUsage> Usage(const std::string&) override { return DiskUsage{1000, free_}; }

  void SetFree(int64_t free_permille) { free_ = free_permille; }

 private:
  std::atomic<int64_t> free_{900};
};

DiskUsage Used(int64_t percent) { return {100, 100 - percent}; }

TEST(RetentionPolicyTest, FollowsHourAndFullness) {
  RetentionLimits limits;
  EXPECT_EQ(DecideRemoval(limits, Used(10), 3), Removal::kNothing);
  EXPECT_EQ(DecideRemoval(limits, Used(10), 4), Removal::kExpired);
  EXPECT_EQ(DecideRemoval(limits, Used(74), 3), Removal::kNothing);
  EXPECT_EQ(DecideRemoval(limits, Used(75), 3), Removal::kExpired);
  EXPECT_EQ(DecideRemoval(limits, Used(84), 4), Removal::kExpired);
  EXPECT_EQ(DecideRemoval(limits, Used(85), 4), Removal::kOldest);
}

TEST(RetentionPolicyTest, AClockThatJumpsForwardIsNotFollowed) {
  FakeClock clock(kStartMs);
  SteadyWall wall(&clock);
  clock.AdvanceMs(kHourMs);
  EXPECT_EQ(wall.NowMs(), kStartMs + kHourMs);
  clock.StepWallMs(kHourMs);
  EXPECT_EQ(wall.NowMs(), kStartMs + kHourMs);
  clock.AdvanceMs(1000);
  EXPECT_LE(wall.NowMs(), kStartMs + kHourMs + 1100);
  clock.StepWallMs(-3 * kHourMs);
  EXPECT_EQ(wall.NowMs(), kStartMs - kHourMs + 1000);
}

// A store of some 2.4 segments a message hour: hour h of messages is "T" offsets 100h to 100h+99.
class RetentionTest : public StoreTest {
 protected:
  void WriteHours(int hours) {
    Open();
    for (int hour = 0; hour < hours; ++hour) {
      for (int i = 0; i < 100; ++i) Put("T", 0, std::string(1500, 'x'));
      Put("old", 0, "seen once");
      clock_.AdvanceMs(kHourMs);
    }
    Close();
    ASSERT_TRUE(log_.Load().ok());
    ASSERT_TRUE(queues_.Load().ok());
    log_.SetEnd(log_.segments().Last()->end_offset());
  }
  Retention::Options Keep(int64_t keep_ms) {
    Retention::Options options;
    options.limits.keep_ms = keep_ms;
    options.limits.delete_hours = {LocalHour(clock_.WallMs())};
    options.clock = &clock_;
    options.disk = &disk_;
    options.directory = root();
    options.on_log_moved = [this](int64_t log_min) { moved_to_ = log_min; };
    return options;
  }
  size_t Segments() const { return log_.segments().All().size(); }

  FullnessDisk disk_;
  CommitLog log_{&RealDisk(), root() + "/commitlog", kTestSegmentBytes};
  QueueTable queues_{&RealDisk(), root() + "/consumequeue", 100 * 20};
  int64_t moved_to_ = 0;
};

TEST_F(RetentionTest, SegmentsGoWhenTheirNewestMessageHasExpired) {
  WriteHours(5);
  size_t before = Segments();
  Retention retention(&log_, &queues_, Keep(3 * kHourMs));
  retention.RunOnce();
  // Hours 0 and 1 are older than three hours; a segment that hour 2 began in stays.
  std::shared_ptr<ConsumeQueue> queue = queues_.Find("T", 0);
  EXPECT_GT(queue->min_offset(), 100);
  EXPECT_LE(queue->min_offset(), 200);
  EXPECT_EQ(retention.deleted_segments(), static_cast<int64_t>(before - Segments()));
  EXPECT_FALSE(FileExists(LogSegment(0)));
  EXPECT_FALSE(FileExists(root() + "/consumequeue/T/0/00000000000000000000"));
  EXPECT_TRUE(FileExists(root() + "/consumequeue/T/0/00000000000000002000"));
  EXPECT_EQ(moved_to_, log_.min_offset());
  EXPECT_TRUE(log_.RecordAt(queue->At(queue->min_offset())->physical_offset).has_value());
  EXPECT_TRUE(FileExists(root() + "/consumequeue/old/0/00000000000000000000"))
      << "the last file of a queue holds its place";
}

TEST_F(RetentionTest, NothingGoesAtAnotherHourUntilTheDiskFills) {
  WriteHours(5);
  Retention::Options options = Keep(3 * kHourMs);
  options.limits.delete_hours = {(LocalHour(clock_.WallMs()) + 2) % 24};
  Retention retention(&log_, &queues_, std::move(options));
  retention.RunOnce();
  EXPECT_EQ(retention.deleted_segments(), 0);
  disk_.SetFree(200);
  retention.RunOnce();
  EXPECT_GT(retention.deleted_segments(), 0);
}

TEST_F(RetentionTest, OldestGoWhileTheDiskIsNearlyFullButNeverTheLast) {
  WriteHours(2);
  Retention retention(&log_, &queues_, Keep(1000 * kHourMs));
  retention.RunOnce();
  EXPECT_EQ(retention.deleted_segments(), 0) << "nothing has expired";
  disk_.SetFree(50);
  retention.RunOnce();
  EXPECT_EQ(Segments(), 1U);
  EXPECT_TRUE(retention.disk_full());
  disk_.SetFree(500);
  retention.RunOnce();
  EXPECT_FALSE(retention.disk_full());
}

// Its own thread may be busy: deleting a segment took 1.9 s on a disk that others kept busy, and
// messages were refused meanwhile although there was space.
TEST_F(RetentionTest, WhoHasAMessageLooksForSpaceToo) {
  WriteHours(1);
  disk_.SetFree(50);
  Retention retention(&log_, &queues_, Keep(1000 * kHourMs));
  EXPECT_TRUE(retention.RefusesMessages());
  disk_.SetFree(500);
  EXPECT_TRUE(retention.RefusesMessages()) << "has looked just now";
  clock_.AdvanceMs(100);
  EXPECT_FALSE(retention.RefusesMessages());
  EXPECT_FALSE(retention.disk_full());
}

TEST_F(RetentionTest, AForwardJumpOfTheClockDeletesNothing) {
  WriteHours(5);
  Retention::Options options = Keep(10 * kHourMs);
  options.limits.expire_ratio = 0;  // at any hour
  Retention retention(&log_, &queues_, std::move(options));
  clock_.StepWallMs(1000 * kHourMs);
  retention.RunOnce();
  EXPECT_EQ(retention.deleted_segments(), 0);
}

TEST_F(RetentionTest, AReaderKeepsWhatItHolds) {
  WriteHours(3);
  std::optional<RecordView> held = log_.RecordAt(0);
  ASSERT_TRUE(held.has_value());
  std::string before(held->bytes);
  disk_.SetFree(50);
  Retention retention(&log_, &queues_, Keep(kHourMs));
  retention.RunOnce();
  EXPECT_FALSE(FileExists(LogSegment(0)));
  EXPECT_EQ(held->bytes, before);
  EXPECT_FALSE(log_.RecordAt(0).has_value());
}

TEST_F(RetentionTest, AFullDiskRefusesAndAcceptsAgainByItself) {
  StoreOptions options = Options();
  options.disk = &disk_;
  OpenWith(options);
  ASSERT_TRUE(Put("T", 0, "before").ok());
  Close();
  disk_.SetFree(50);
  OpenWith(options);
  PutResult refused = Put("T", 0, "while full");
  EXPECT_EQ(refused.status, PutStatus::kServiceNotAvailable);
  EXPECT_NE(refused.error.find("disk"), std::string::npos);
  EXPECT_EQ(Bodies("T", 0), std::vector<std::string>{"before"});
  disk_.SetFree(500);
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!Put("T", 0, "after").ok() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_EQ(Bodies("T", 0), (std::vector<std::string>{"before", "after"}));
  Close();
}

}  // namespace
}  // namespace rewindmq::store
