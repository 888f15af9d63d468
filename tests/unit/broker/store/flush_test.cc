#include <atomic>
#include <chrono>
#include <future>
#include <thread>

#include "broker/store/flusher.h"
#include "tests/unit/broker/store/index_disk.h"
#include "tests/unit/broker/store/store_fixture.h"

namespace rewindmq::store {
namespace {

using std::chrono_literals::operator""s;

class FlushTest : public StoreTest {
 protected:
  std::future<bool> WhenDurable(int64_t end_offset) {
    auto answer = std::make_shared<std::promise<bool>>();
    store_->WhenDurable(end_offset, [answer](bool in_time) { answer->set_value(in_time); });
    return answer->get_future();
  }
};

TEST_F(FlushTest, AWaiterIsAnsweredLongBeforeTheInterval) {
  StoreOptions options = Options();
  options.flush_interval_ms = 60'000;
  OpenWith(options);
  std::future<bool> durable = WhenDurable(Put("T", 0, "x").end_offset);
  ASSERT_EQ(durable.wait_for(10s), std::future_status::ready);
  EXPECT_TRUE(durable.get());
}

TEST_F(FlushTest, WhatIsDurableIsAnsweredAtOnce) {
  Open();
  int64_t end = Put("T", 0, "x").end_offset;
  ASSERT_EQ(WhenDurable(end).wait_for(10s), std::future_status::ready);
  bool answered = false;
  store_->WhenDurable(end, [&](bool in_time) { answered = in_time; });
  EXPECT_TRUE(answered);
}

TEST_F(FlushTest, AnEndBehindTheLogCountsAsItsEnd) {
  Open();
  ASSERT_TRUE(Put("T", 0, "x").ok());
  EXPECT_EQ(WhenDurable(INT64_MAX).wait_for(10s), std::future_status::ready);
}

TEST_F(FlushTest, ManyWaitersAreAllAnswered) {
  constexpr int kThreads = 8;
  constexpr int kEach = 50;
  Open();
  std::atomic<int> answered{0};
  std::promise<void> all;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        store_->WhenDurable(Put("T", t, "x").end_offset, [&](bool in_time) {
          EXPECT_TRUE(in_time);
          if (answered.fetch_add(1) + 1 == kThreads * kEach) all.set_value();
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(all.get_future().wait_for(30s), std::future_status::ready) << answered;
}

TEST_F(FlushTest, CloseAnswersWhoeverStillWaits) {
  Open();
  std::future<bool> durable = WhenDurable(Put("T", 0, "x").end_offset);
  Close();
  ASSERT_EQ(durable.wait_for(0s), std::future_status::ready);
  EXPECT_TRUE(durable.get());
}

// The log point blocks, as a disk that hangs would.
TEST(FlusherTest, ASyncThatHangsIsReportedInTime) {
  TemporaryFolder folder;
  CommitLog log(&RealDisk(), folder.path() + "/commitlog", kTestSegmentBytes);
  Result<CommitLog::Place> place = log.Prepare(100);
  ASSERT_TRUE(place.ok()) << place.status().ToString();
  log.Publish(100);
  std::promise<void> disk_works;
  std::shared_future<void> works = disk_works.get_future().share();
  Flusher::Options options;
  options.timeout_ms = 50;
  options.log_point = [works] {
    works.wait();
    return LogPoint{100, kStartMs};
  };
  options.on_failure = [](const Status& status) { FAIL() << status.ToString(); };
  Flusher flusher(&log, options);
  flusher.Start({});
  std::promise<bool> answer;
  flusher.WhenDurable(100, [&](bool in_time) { answer.set_value(in_time); });
  std::future<bool> durable = answer.get_future();
  ASSERT_EQ(durable.wait_for(10s), std::future_status::ready);
  EXPECT_FALSE(durable.get());
  disk_works.set_value();
  EXPECT_TRUE(flusher.Stop().ok());
  EXPECT_EQ(flusher.durable().end_offset, 100);
}

TEST(FlusherTest, AFailedSyncIsReportedOnceAndNeverAcknowledged) {
  TemporaryFolder folder;
  MemoryDisk disk;
  disk.sync_fails = true;
  ASSERT_TRUE(disk.files().MakeDirectories(folder.path() + "/commitlog").ok());
  CommitLog log(&disk, folder.path() + "/commitlog", kTestSegmentBytes);
  Result<CommitLog::Place> place = log.Prepare(100);
  ASSERT_TRUE(place.ok()) << place.status().ToString();
  log.Publish(100);
  std::atomic<int> failures{0};
  std::promise<Status> failure;
  Flusher::Options options;
  options.interval_ms = 1;
  options.timeout_ms = 50;
  options.log_point = [] { return LogPoint{100, kStartMs}; };
  options.on_failure = [&](const Status& status) {
    if (failures.fetch_add(1) == 0) failure.set_value(status);
  };
  Flusher flusher(&log, options);
  std::atomic<bool> acknowledged{false};
  auto done = [&](bool in_time) { acknowledged = acknowledged || in_time; };
  flusher.WhenDurable(100, done);
  flusher.Start({});
  std::future<Status> reported = failure.get_future();
  ASSERT_EQ(reported.wait_for(10s), std::future_status::ready);
  EXPECT_FALSE(reported.get().ok());
  flusher.WhenDurable(100, done);
  EXPECT_FALSE(flusher.Stop().ok());
  EXPECT_EQ(failures, 1);
  EXPECT_FALSE(acknowledged);
  EXPECT_EQ(flusher.durable().end_offset, 0);
}

}  // namespace
}  // namespace rewindmq::store
