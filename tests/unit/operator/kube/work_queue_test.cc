#include "operator/kube/work_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>
#include <vector>

namespace rewindmq::kube {
namespace {

using std::chrono::steady_clock;

TEST(WorkQueueTest, HandsOutAKeyOnceHoweverOftenItWasAdded) {
  WorkQueue queue;
  queue.Add("a");
  queue.Add("b");
  queue.Add("a");
  EXPECT_EQ(queue.ReadyCount(), 2U);
  EXPECT_EQ(queue.Get(), "a");
  EXPECT_EQ(queue.Get(), "b");
  EXPECT_EQ(queue.ReadyCount(), 0U);
}

TEST(WorkQueueTest, KeyAddedDuringItsWorkComesAgainOnlyAfterDone) {
  WorkQueue queue;
  queue.Add("a");
  ASSERT_EQ(queue.Get(), "a");
  queue.Add("a");
  queue.Add("a");
  EXPECT_EQ(queue.ReadyCount(), 0U) << "a second worker would have got the same key";
  queue.Done("a");
  EXPECT_EQ(queue.ReadyCount(), 1U);
  ASSERT_EQ(queue.Get(), "a");
  queue.Done("a");
  EXPECT_EQ(queue.ReadyCount(), 0U);
}

TEST(WorkQueueTest, DelayedKeyComesWhenItsTimeHasPassed) {
  WorkQueue queue;
  auto start = steady_clock::now();
  queue.AddAfter("late", 60);
  queue.AddAfter("early", 20);
  EXPECT_EQ(queue.ReadyCount(), 0U);
  EXPECT_EQ(queue.Get(), "early");
  EXPECT_GE(steady_clock::now() - start, std::chrono::milliseconds(20));
  EXPECT_EQ(queue.Get(), "late");
  EXPECT_GE(steady_clock::now() - start, std::chrono::milliseconds(60));
}

TEST(WorkQueueTest, EarlierOfTwoDelaysCounts) {
  WorkQueue queue;
  queue.AddAfter("a", 100'000);
  queue.AddAfter("a", 1);
  EXPECT_EQ(queue.DelayedCount(), 1U);
  queue.AddAfter("a", 200'000);
  EXPECT_EQ(queue.Get(), "a");
  EXPECT_EQ(queue.DelayedCount(), 0U);
}

TEST(WorkQueueTest, NewShorterDelayWakesAWaitingWorker) {
  WorkQueue queue;
  queue.AddAfter("slow", 100'000);
  auto got = std::async(std::launch::async, [&] { return queue.Get(); });
  queue.AddAfter("quick", 5);
  ASSERT_EQ(got.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_EQ(got.get(), "quick");
}

TEST(WorkQueueTest, ZeroOrNegativeDelayIsNow) {
  WorkQueue queue;
  queue.AddAfter("a", 0);
  queue.AddAfter("b", -5);
  EXPECT_EQ(queue.ReadyCount(), 2U);
}

TEST(WorkQueueTest, RetryDelayDoublesUpToItsLimit) {
  EXPECT_EQ(WorkQueue::RetryDelayMs(0), 5);
  EXPECT_EQ(WorkQueue::RetryDelayMs(1), 10);
  EXPECT_EQ(WorkQueue::RetryDelayMs(17), 655'360);
  EXPECT_EQ(WorkQueue::RetryDelayMs(18), 1'000'000);
  EXPECT_EQ(WorkQueue::RetryDelayMs(4'000'000'000U), 1'000'000);
}

TEST(WorkQueueTest, FailuresAreCountedPerKeyUntilForgotten) {
  WorkQueue queue;
  EXPECT_EQ(queue.AddAfterFailure("a"), 5);
  EXPECT_EQ(queue.AddAfterFailure("a"), 10);
  EXPECT_EQ(queue.AddAfterFailure("b"), 5);
  queue.Forget("a");
  EXPECT_EQ(queue.AddAfterFailure("a"), 5);
}

TEST(WorkQueueTest, ShutDownWakesEveryWorkerAndDropsLaterAdds) {
  WorkQueue queue;
  std::vector<std::future<std::optional<std::string>>> workers;
  for (int i = 0; i < 4; ++i) {
    workers.push_back(std::async(std::launch::async, [&] { return queue.Get(); }));
  }
  queue.ShutDown();
  for (auto& worker : workers) {
    ASSERT_EQ(worker.wait_for(std::chrono::seconds(10)), std::future_status::ready);
    EXPECT_EQ(worker.get(), std::nullopt);
  }
  queue.Add("a");
  EXPECT_EQ(queue.ReadyCount(), 0U);
  EXPECT_EQ(queue.Get(), std::nullopt);
}

TEST(WorkQueueTest, ManyWorkersNeverShareAKey) {
  constexpr int kKeys = 5;
  constexpr int kAddsPerKey = 200;
  WorkQueue queue;
  std::atomic<int> with_worker[kKeys] = {};
  std::atomic<int> shared{0};
  std::atomic<int> handled{0};
  std::vector<std::thread> workers;
  for (int i = 0; i < 4; ++i) {
    workers.emplace_back([&] {
      while (auto key = queue.Get()) {
        auto index = static_cast<size_t>(std::stoi(*key));
        if (with_worker[index].fetch_add(1) != 0) ++shared;
        ++handled;
        with_worker[index].fetch_sub(1);
        queue.Done(*key);
      }
    });
  }
  for (int i = 0; i < kAddsPerKey; ++i) {
    for (int key = 0; key < kKeys; ++key) queue.Add(std::to_string(key));
  }
  auto deadline = steady_clock::now() + std::chrono::seconds(10);
  while (handled < kKeys && steady_clock::now() < deadline) std::this_thread::yield();
  queue.ShutDown();
  for (auto& worker : workers) worker.join();
  EXPECT_EQ(shared, 0);
  EXPECT_GE(handled, kKeys);
}

}  // namespace
}  // namespace rewindmq::kube
