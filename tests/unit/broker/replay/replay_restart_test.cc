// What a replay knows after the broker's end, however that came.

#include <fstream>

#include "tests/unit/broker/replay/replay_fixture.h"

namespace rewindmq::broker {
namespace {

using protocol::ReplayQueue;
using protocol::ReplayState;

class ReplayRestartTest : public ReplayFixture {
 protected:
  // Messages in all queues, half of them wanted.
  void PutMany(int32_t count) {
    for (int32_t i = 0; i < count; ++i) {
      PutTo(i % kQueues, std::to_string(i), i / kQueues % 2 == 0 ? "A" : "B");
    }
    clock_.AdvanceMs(1);
  }
  protocol::ReplayOrder TagOrder() {
    auto order = Order();
    order.tag = "A";
    return order;
  }
  void Turns(int32_t count) {
    for (int32_t i = 0; i < count; ++i) replays_->Run();
  }
  // Waits until the progress of now is on disk.
  void Save() {
    clock_.AdvanceMs(kSaveMs);
    // The file's time would not tell two writes in one tick apart.
    const std::string file = directory_ + "/config/replays.json";
    ASSERT_TRUE(std::filesystem::remove(file));
    auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!std::filesystem::exists(file)) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      replays_->Run();
      std::this_thread::yield();
    }
  }
  void ExpectEachOnce(int64_t copies) {
    auto bodies = Delivered();
    EXPECT_EQ(static_cast<int64_t>(bodies.size()), copies);
    EXPECT_EQ(std::set<std::string>(bodies.begin(), bodies.end()).size(), bodies.size());
  }
};

TEST_F(ReplayRestartTest, ACrashFindsWhatTheFileDoesNotKnow) {
  Begin();
  PutMany(800);
  Start(TagOrder());
  Turns(3);
  size_t put = Delivered().size();
  ASSERT_GT(put, 0U);
  ASSERT_LT(put, 400U);
  Crash();
  EXPECT_EQ(Sum(StatusOf(), &ReplayQueue::delivered), 0) << "the file knows of nothing";
  auto status = Finish();
  EXPECT_EQ(status.state, ReplayState::kFinished);
  EXPECT_EQ(Sum(status, &ReplayQueue::delivered), 400);
  EXPECT_EQ(Sum(status, &ReplayQueue::filtered), 400);
  EXPECT_EQ(Sum(status, &ReplayQueue::repeated), 0);
  EXPECT_EQ(status.unconsumed, 400);
  ExpectEachOnce(400);
}

TEST_F(ReplayRestartTest, CrashesWhileItIsStillLookingBackCostNothing) {
  Begin();
  PutMany(1600);
  auto order = TagOrder();
  order.messages_per_second = 1000;
  Start(order);
  for (int32_t crash = 0; crash < 4; ++crash) {
    for (int32_t i = 0; i < 4; ++i) {
      clock_.AdvanceMs(20);
      Turns(3);
    }
    if (crash % 2 == 1) Save();
    Crash();
  }
  auto status = Finish();
  EXPECT_EQ(Sum(status, &ReplayQueue::delivered), 800);
  EXPECT_EQ(Sum(status, &ReplayQueue::repeated), 0);
  ExpectEachOnce(800);
}

TEST_F(ReplayRestartTest, RetriesOfCopiesAreNoCopies) {
  Begin();
  PutMany(8);
  auto order = TagOrder();
  Start(order);
  Turns(2);
  auto record = *store::DecodeRecord(Views()[0].bytes, store::CrcCheck::kVerify);
  InnerMessage retry = InnerMessage::FromRecord(record);
  retry.reconsume_times = 1;
  ASSERT_TRUE(writer_->Put(retry).ok());
  Crash();
  auto status = Finish();
  EXPECT_EQ(Sum(status, &ReplayQueue::delivered), 4);
  EXPECT_EQ(Sum(status, &ReplayQueue::repeated), 0);
  EXPECT_EQ(Delivered().size(), 5U);
}

TEST_F(ReplayRestartTest, ACopyThatCannotBeReadIsPutAgainAndCounted) {
  Begin();
  PutMany(40);
  Start(TagOrder());
  Turns(2);
  auto record = *store::DecodeRecord(Views()[0].bytes, store::CrcCheck::kVerify);
  int64_t at = record.physical_offset + record.total_bytes / 2;
  ASSERT_TRUE(store_->Close().ok());
  {
    std::fstream log(directory_ + "/commitlog/00000000000000000000",
                     std::ios::in | std::ios::out | std::ios::binary);
    log.seekp(at);
    log.write("\xff\xff\xff\xff", 4);
  }
  Crash();
  auto status = Finish();
  EXPECT_EQ(status.state, ReplayState::kFinished);
  EXPECT_EQ(Sum(status, &ReplayQueue::delivered), 20);
  EXPECT_EQ(Sum(status, &ReplayQueue::repeated), 1);
  ExpectEachOnce(20);
}

TEST_F(ReplayRestartTest, WhatRetentionHasTakenIsMissing) {
  Begin();
  const std::string kilobytes(4096, 'x');
  for (int32_t i = 0; i < 400; ++i) PutTo(i % kQueues, kilobytes);
  clock_.AdvanceMs(1);
  auto order = Order();
  order.paused = true;
  Start(order);
  replays_.reset();
  store_.reset();
  ASSERT_TRUE(std::filesystem::remove(directory_ + "/commitlog/00000000000000000000"));
  Crash();
  ASSERT_TRUE(replays_->Steer({"r1", false, false, {}}).ok());
  auto status = Finish();
  EXPECT_EQ(status.state, ReplayState::kFinished);
  EXPECT_GT(Sum(status, &ReplayQueue::missing), 200);
  EXPECT_LT(Sum(status, &ReplayQueue::missing), 300);
  EXPECT_EQ(Sum(status, &ReplayQueue::missing) + Sum(status, &ReplayQueue::delivered), 400);
}

TEST_F(ReplayRestartTest, ACleanEndKeepsEverything) {
  Begin();
  PutMany(800);
  Start(TagOrder());
  Turns(3);
  auto before = StatusOf();
  ASSERT_TRUE(store_->Close().ok());
  ASSERT_TRUE(replays_->SaveAll().ok());
  Crash();
  EXPECT_EQ(StatusOf(), before);
  Finish();
  ExpectEachOnce(400);
}

TEST_F(ReplayRestartTest, WithoutItsTopicItFailsAtTheStart) {
  Begin();
  PutMany(8);
  Start(TagOrder());
  ASSERT_TRUE(topics_->Remove(protocol::RetryTopic("Group")).ok());
  Crash();
  RunAll();
  EXPECT_EQ(StatusOf().state, ReplayState::kFailed);
  EXPECT_EQ(StatusOf().message, "topic %RETRY%Group was deleted");
}

TEST_F(ReplayRestartTest, AFileThatCannotBeReadKeepsNobodyFromServing) {
  Begin();
  PutMany(8);
  Start(TagOrder());
  Finish();
  replays_.reset();
  for (const char* name : {"/config/replays.json", "/config/replays.json.bak"}) {
    std::ofstream(directory_ + name, std::ios::trunc) << "{";
  }
  Crash();
  EXPECT_TRUE(replays_->List("").empty());
  EXPECT_EQ(Start(TagOrder()).state, ReplayState::kRunning);
}

TEST(DeliveredRangesTest, CountsExactlyUntilThereAreTooMany) {
  DeliveredRanges ranges;
  for (int64_t offset : {5, 6, 9, 7, 3, 8}) ranges.Add(offset);
  EXPECT_EQ(ranges.ranges(), (std::vector<DeliveredRanges::Range>{{3, 4, 1}, {5, 10, 5}}));
  EXPECT_EQ(ranges.CountFrom(0), 6);
  EXPECT_EQ(ranges.CountFrom(7), 3);
  EXPECT_EQ(ranges.CountFrom(10), 0);
  ranges.ForgetBelow(4);
  EXPECT_EQ(ranges.CountFrom(0), 5);
  for (int64_t i = 0; i < 1000; ++i) ranges.Add(100 + 2 * i);
  EXPECT_EQ(ranges.ranges().size(), DeliveredRanges::kMaxRanges);
  EXPECT_EQ(ranges.CountFrom(0), 1005);
  EXPECT_EQ(ranges.CountFrom(100 + 2 * 999), 1);
}

}  // namespace
}  // namespace rewindmq::broker
