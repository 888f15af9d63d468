#include <condition_variable>
#include <mutex>

#include "broker/store/disk.h"
#include "tests/unit/broker/handlers/broker_test_base.h"

namespace rewindmq::broker {
namespace {

// The machine's disk, whose syncs wait while it is held.
class HeldDisk final : public store::Disk {
 public:
  FileSystem& files() override { return store::RealDisk().files(); }
  Result<std::shared_ptr<store::Segment>> OpenSegment(std::string path, int64_t base_offset,
                                                      int64_t bytes) override;
  Result<std::unique_ptr<store::DiskLock>> Lock(const std::string& path) override {
    return store::RealDisk().Lock(path);
  }
  Result<store::DiskUsage> Usage(const std::string& path) override {
    return store::RealDisk().Usage(path);
  }

  void SetHeld(bool held) {
    std::lock_guard lock(mutex_);
    held_ = held;
    changed_.notify_all();
  }
  void WaitWhileHeld() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !held_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;  // guarded by mutex_
};

class HeldSegment final : public store::Segment {
 public:
  HeldSegment(HeldDisk* disk, std::shared_ptr<store::Segment> real)
      : Segment(real->path(), real->base_offset(), real->bytes(), real->At(real->base_offset())),
        disk_(disk),
        real_(std::move(real)) {}

  Status Sync(int64_t from, int64_t end) override {
    disk_->WaitWhileHeld();
    return real_->Sync(from, end);
  }
  Status CutAt(int64_t offset) override { return real_->CutAt(offset); }
  int64_t NextData(int64_t from) const override { return real_->NextData(from); }
  Status Unlink() override { return real_->Unlink(); }

 private:
  Status ReserveMore(int64_t from, int64_t end, int64_t ahead) override {
    return real_->Reserve(from, end, ahead);
  }

  HeldDisk* const disk_;
  const std::shared_ptr<store::Segment> real_;
};

Result<std::shared_ptr<store::Segment>> HeldDisk::OpenSegment(std::string path, int64_t base_offset,
                                                              int64_t bytes) {
  REWIND_TRY_ASSIGN(std::shared_ptr<store::Segment> real,
                    store::RealDisk().OpenSegment(std::move(path), base_offset, bytes));
  return std::shared_ptr<store::Segment>(std::make_shared<HeldSegment>(this, std::move(real)));
}

class FlushTimeoutTest : public BrokerTestBase {
 protected:
  ~FlushTimeoutTest() override {
    disk_.SetHeld(false);
    broker_.reset();  // before the disk
  }
  HeldDisk disk_;
};

// As Java does: the message is stored and visible, and the producer is told that it may be lost.
TEST_F(FlushTimeoutTest, AMessageThatIsNotOnDiskInTimeIsAnsweredWithItsPlaceAndCode10) {
  BrokerOptions options = Options();
  options.store.disk = &disk_;
  options.store.flush_mode = store::FlushMode::kSync;
  options.store.sync_flush_timeout_ms = 200;
  StartBroker(options);
  EXPECT_EQ(Put("T", 0, "first"), 0);
  disk_.SetHeld(true);
  auto late = Ask(SendRequestTo("T", 0, "late"));
  EXPECT_EQ(late.command.code, protocol::kFlushDiskTimeout);
  EXPECT_EQ(Int64Of(late, "queueOffset"), 1);
  auto pulled = Ask(PullRequestFor("G", "T", 0, 1));
  EXPECT_EQ(pulled.command.code, protocol::kSuccess);
  EXPECT_EQ(Put("T", 0, "no need to wait",
                "WAIT\x01"
                "false\x02"),
            2);
  disk_.SetHeld(false);
  EXPECT_EQ(Put("T", 0, "in time again"), 3);
}

}  // namespace
}  // namespace rewindmq::broker
