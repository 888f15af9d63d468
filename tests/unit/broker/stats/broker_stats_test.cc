#include "broker/stats/broker_stats.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "broker/stats/runtime_info.h"

namespace rewindmq::broker {
namespace {

class BrokerStatsTest : public testing::Test {
 protected:
  void RunSeconds(int seconds) {
    for (int i = 0; i < seconds; ++i) {
      clock_.AdvanceMs(1000);
      stats_.Sample();
    }
  }

  FakeClock clock_{1'700'000'000'000};
  BrokerStats stats_{"DefaultCluster", &clock_};
};

TEST_F(BrokerStatsTest, AMinuteIsWhatItsReadingsSpan) {
  stats_.Sample();
  stats_.OnPut("T", 3, 300);
  stats_.OnPut("T", 1, 200);
  EXPECT_EQ(stats_.Find("TOPIC_PUT_NUMS", "T")->minute.sum, 0) << "no reading yet";
  RunSeconds(10);
  auto nums = stats_.Find("TOPIC_PUT_NUMS", "T");
  ASSERT_TRUE(nums.has_value());
  EXPECT_EQ(nums->minute.sum, 4);
  EXPECT_DOUBLE_EQ(nums->minute.per_second, 0.4) << "as if it had stood at zero 10 s before";
  EXPECT_DOUBLE_EQ(nums->minute.per_time, 2.0);
  EXPECT_EQ(stats_.Find("TOPIC_PUT_SIZE", "T")->minute.sum, 500);
  EXPECT_DOUBLE_EQ(stats_.PutPerSecond("T"), 0.4);
  RunSeconds(70);
  EXPECT_EQ(stats_.Find("TOPIC_PUT_NUMS", "T")->minute.sum, 0) << "longer ago than a minute";
  EXPECT_EQ(stats_.Find("TOPIC_PUT_NUMS", "T")->hour.sum, 0) << "the hour has no reading yet";
  RunSeconds(600);
  EXPECT_EQ(stats_.Find("TOPIC_PUT_NUMS", "T")->hour.sum, 4);
  RunSeconds(3600);
  EXPECT_EQ(stats_.Find("TOPIC_PUT_NUMS", "T")->day.sum, 4);
}

TEST_F(BrokerStatsTest, GroupsAreCountedByTopic) {
  stats_.Sample();
  stats_.OnGet("G", "T", 5, 500);
  stats_.OnGet("G", "T", 0, 0);
  stats_.OnGet("Other", "T", 1, 10);
  stats_.OnSendBack("G", "T");
  RunSeconds(10);
  EXPECT_EQ(stats_.Find("GROUP_GET_NUMS", "T@G")->minute.sum, 5);
  EXPECT_EQ(stats_.Find("GROUP_GET_SIZE", "T@G")->minute.sum, 500);
  EXPECT_EQ(stats_.Find("SNDBCK_PUT_NUMS", "T@G")->minute.sum, 1);
  EXPECT_EQ(stats_.Find("BROKER_GET_NUMS", "DefaultCluster")->minute.sum, 6);
  EXPECT_GT(stats_.GetPerSecond("G", "T"), 0.49);
  EXPECT_FALSE(stats_.Find("GROUP_GET_NUMS", "T@Nobody").has_value());
  EXPECT_FALSE(stats_.Find("GROUP_GET_NUMS", "T").has_value()) << "a key of another form";
  EXPECT_FALSE(stats_.Find("NO_SUCH_NAME", "T@G").has_value());
}

TEST_F(BrokerStatsTest, WhatIsDeletedStartsAgainAtZero) {
  stats_.OnPut("T", 7, 70);
  stats_.OnGet("G", "T", 7, 70);
  RunSeconds(10);
  stats_.OnTopicDeleted("T");
  EXPECT_FALSE(stats_.Find("TOPIC_PUT_NUMS", "T").has_value());
  EXPECT_FALSE(stats_.Find("GROUP_GET_NUMS", "T@G").has_value());
  stats_.OnPut("T", 1, 10);
  stats_.OnGet("G", "T", 2, 20);
  RunSeconds(10);
  EXPECT_EQ(stats_.Find("TOPIC_PUT_NUMS", "T")->minute.sum, 1);
  stats_.OnGroupDeleted("G");
  EXPECT_FALSE(stats_.Find("GROUP_GET_NUMS", "T@G").has_value());
  EXPECT_TRUE(stats_.Find("TOPIC_PUT_NUMS", "T").has_value());
}

TEST_F(BrokerStatsTest, RatesCoverTheirWindows) {
  stats_.Sample();
  EXPECT_EQ(stats_.RateText(BrokerStats::Rate::kPut), "0.0 0.0 0.0");
  RunSeconds(20);
  for (int i = 0; i < 10; ++i) {
    stats_.OnPut("T", 4, 40);
    stats_.OnGet("G", "T", 0, 0);
    RunSeconds(1);
  }
  EXPECT_EQ(stats_.RateText(BrokerStats::Rate::kPut), "4.0 1.3333333333333333 1.3333333333333333");
  EXPECT_EQ(stats_.RateText(BrokerStats::Rate::kGetFound), "0.0 0.0 0.0");
  EXPECT_EQ(stats_.RateText(BrokerStats::Rate::kGetMiss).substr(0, 4), "1.0 ");
  EXPECT_EQ(stats_.RateText(BrokerStats::Rate::kGetTotal).substr(0, 4), "1.0 ");
}

TEST_F(BrokerStatsTest, DaysEndAtMidnightAndLeaveTheBrokersOwnTopicsOut) {
  stats_.OnPut("T", 5, 50);
  stats_.OnPut("RMQ_SYS_TRANS_HALF_TOPIC", 9, 90);
  stats_.OnGet("G", "T", 2, 20);
  EXPECT_EQ(stats_.PutTotals().now, 5);
  EXPECT_EQ(stats_.PutTotals().today_morning, 0);
  clock_.AdvanceMs(24 * 3'600'000);
  stats_.Sample();
  stats_.OnPut("T", 1, 10);
  EXPECT_EQ(stats_.PutTotals().today_morning, 5);
  EXPECT_EQ(stats_.PutTotals().yesterday_morning, 0);
  EXPECT_EQ(stats_.PutTotals().now, 6);
  EXPECT_EQ(stats_.GetTotals().today_morning, 2);
  clock_.AdvanceMs(24 * 3'600'000);
  stats_.Sample();
  EXPECT_EQ(stats_.PutTotals().yesterday_morning, 5);
  EXPECT_EQ(stats_.PutTotals().today_morning, 6);
}

TEST_F(BrokerStatsTest, ThreadsLoseNoCount) {
  constexpr int kThreads = 4;
  constexpr int kPuts = 20'000;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < kPuts; ++i) stats_.OnPut("T" + std::to_string((i + t) % 50), 1, 10);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(stats_.PutTotals().now, kThreads * kPuts);
  RunSeconds(10);
  int64_t sum = 0;
  for (int i = 0; i < 50; ++i) {
    sum += stats_.Find("TOPIC_PUT_NUMS", "T" + std::to_string(i))->minute.sum;
  }
  EXPECT_EQ(sum, kThreads * kPuts);
}

TEST(RuntimeInfo, HasWhatTheToolsCalculateWith) {
  FakeClock clock(1'700'000'000'000);
  BrokerStats stats("DefaultCluster", &clock);
  RuntimeFigures figures;
  figures.store_directory = "/store";
  figures.started_ms = 1'000;
  figures.now_ms = 1'000 + 90'061'000;
  figures.store.disk = {1000, 250};
  figures.store.messages = 2;
  figures.store.message_bytes = 5;
  auto info = RuntimeInfo(figures, stats);
  EXPECT_EQ(info["runtime"], "[ 1 days, 1 hours, 1 minutes, 1 seconds ]");
  EXPECT_EQ(info["commitLogDiskRatio"], "0.7500");
  EXPECT_EQ(info["commitLogDiskRatio_/store/commitlog"], "0.7500");
  EXPECT_EQ(info["putMessageAverageSize"], "2.5");
  EXPECT_EQ(info["putTps"], "0.0 0.0 0.0");
  EXPECT_EQ(info["earliestMessageTimeStamp"], "-1");
  EXPECT_EQ(info["sendThreadPoolQueueHeadWaitTimeMills"], "0");
  EXPECT_EQ(ReadableBytes(1023), "1023 B");
  EXPECT_EQ(ReadableBytes(1536), "1.5 KiB");
  EXPECT_EQ(ReadableBytes(int64_t{252} << 30), "252.0 GiB");
}

}  // namespace
}  // namespace rewindmq::broker
