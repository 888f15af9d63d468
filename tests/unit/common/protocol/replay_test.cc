// Bodies of interval replays.
#include "common/protocol/replay.h"

#include <gtest/gtest.h>

namespace rewindmq::protocol {
namespace {

ReplayStatus Example() {
  ReplayStatus status;
  status.order = {"2d4-e", "Orders", "billing", 1000, 2000, "A || B", "", {0, 3}, 250, true};
  status.filter = "tag A || B";
  status.state = ReplayState::kPaused;
  status.message = "a \"quoted\" word";
  status.start_time_ms = 1'700'000'000'000;
  status.end_time_ms = 1'700'000'000'001;
  status.queues = {{0, 5, 15, 9, 3, 1, 0, 2}, {3, 0, 0, 0, 0, 0, 0, 0}};
  status.unconsumed = 7;
  return status;
}

TEST(ReplayBodies, AnOrderComesBackAsItWas) {
  ReplayOrder order = Example().order;
  Result<ReplayOrder> read = DecodeReplayOrder(EncodeReplayOrder(order));
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(*read, order);
}

TEST(ReplayBodies, AStatusComesBackAsItWas) {
  ReplayStatus status = Example();
  Result<ReplayStatus> read = DecodeReplayStatus(EncodeReplayStatus(status));
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(*read, status);

  status.end_time_ms.reset();
  Result<std::vector<ReplayStatus>> list = DecodeReplayList(EncodeReplayList({status, Example()}));
  ASSERT_TRUE(list.ok()) << list.status().message();
  ASSERT_EQ(list->size(), 2U);
  EXPECT_EQ(list->at(0), status);
  EXPECT_EQ(list->at(1), Example());
}

TEST(ReplayBodies, WhatIsWrongIsNamed) {
  EXPECT_NE(DecodeReplayOrder(R"({"fromMs":"soon"})").status().message().find("fromMs"),
            std::string::npos);
  EXPECT_FALSE(DecodeReplayOrder(R"({"queueIds":[-1]})").ok());
  EXPECT_FALSE(DecodeReplayOrder(R"({"queueIds":[4294967296]})").ok());
  EXPECT_FALSE(DecodeReplayOrder("[]").ok());
  EXPECT_FALSE(DecodeReplayStatus(R"({"state":"Running"})").ok());
  EXPECT_FALSE(DecodeReplayStatus(R"({"order":{},"state":"Sleeping"})").ok());
}

}  // namespace
}  // namespace rewindmq::protocol
