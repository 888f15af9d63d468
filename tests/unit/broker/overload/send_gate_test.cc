#include "broker/overload/send_gate.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>
#include <vector>

namespace rewindmq::broker {
namespace {

TEST(RefuseSendTest, LetsSendsPassBelowTheLimits) {
  EXPECT_EQ(RefuseSend({}, {}), std::nullopt);
  EXPECT_EQ(RefuseSend({}, {199, 1000, 9999}), std::nullopt);
}

TEST(RefuseSendTest, RefusesInJavasWords) {
  EXPECT_EQ(RefuseSend({}, {200, 0, 7}),
            "[TIMEOUT_CLEAN_QUEUE]broker busy, start flow control for a while, period in queue: "
            "200ms, size of queue: 7");
  EXPECT_EQ(RefuseSend({}, {3, 1001, 0}),
            "[PCBUSY_CLEAN_QUEUE]broker busy, start flow control for a while, period in queue: "
            "3ms, size of queue: 0");
  EXPECT_EQ(RefuseSend({}, {0, 0, 10'000}),
            "[OVERLOAD]system busy, start flow control for a while");
  EXPECT_EQ(RefuseSend({.send_queue_capacity = 1}, {0, 0, 1}).has_value(), true);
}

class SendGateTest : public testing::Test {
 protected:
  bool Passes(int64_t read_ms) { return !gate_.Enter(read_ms).refusal().has_value(); }

  FakeClock clock_{1'700'000'000'000};
  SendGate gate_{&clock_, {.send_queue_capacity = 2}};
};

TEST_F(SendGateTest, WhatWaitedTooLongBeforeItBeganIsRefused) {
  int64_t read_ms = clock_.SteadyMs();
  EXPECT_TRUE(Passes(read_ms));
  clock_.AdvanceMs(199);
  EXPECT_TRUE(Passes(read_ms));
  clock_.AdvanceMs(1);
  EXPECT_FALSE(Passes(read_ms));
  EXPECT_TRUE(Passes(clock_.SteadyMs())) << "what is read now begins now";
}

TEST_F(SendGateTest, ASendThatIsStuckRefusesThoseOfOtherThreadsUntilItEnds) {
  std::promise<void> inside;
  std::promise<void> leave;
  std::thread stuck([&] {
    auto pass = gate_.Enter(clock_.SteadyMs());
    inside.set_value();
    leave.get_future().wait();
  });
  inside.get_future().wait();
  clock_.AdvanceMs(1000);
  EXPECT_TRUE(Passes(clock_.SteadyMs()));
  clock_.AdvanceMs(1);
  EXPECT_FALSE(Passes(clock_.SteadyMs()));
  leave.set_value();
  stuck.join();
  EXPECT_TRUE(Passes(clock_.SteadyMs()));
}

TEST_F(SendGateTest, ARefusedSendIsNotUnderWay) {
  int64_t read_ms = clock_.SteadyMs();
  clock_.AdvanceMs(5000);
  auto refused = gate_.Enter(read_ms);
  ASSERT_TRUE(refused.refusal().has_value());
  clock_.AdvanceMs(5000);
  std::thread other([&] { EXPECT_TRUE(Passes(clock_.SteadyMs())); });
  other.join();
}

TEST_F(SendGateTest, SendsThatWaitForTheDiskAreLimited) {
  auto first = gate_.CountWaiting();
  EXPECT_TRUE(Passes(clock_.SteadyMs()));
  auto second = gate_.CountWaiting();
  EXPECT_FALSE(Passes(clock_.SteadyMs()));
  auto copy = second;
  second.reset();
  EXPECT_FALSE(Passes(clock_.SteadyMs())) << "a copy still waits";
  copy.reset();
  EXPECT_TRUE(Passes(clock_.SteadyMs()));
}

TEST_F(SendGateTest, WaitersMayOutliveTheGate) {
  std::shared_ptr<void> waiting;
  {
    SendGate gate(&clock_);
    waiting = gate.CountWaiting();
  }
  waiting.reset();
}

}  // namespace
}  // namespace rewindmq::broker
