// Every decision of the planner, one line a case.

#include "reset/planner.h"

#include <gtest/gtest.h>

#include "common/protocol/codes.h"

namespace rewindmq::reset {
namespace {

struct Case {
  const char* what;
  Direction direction;
  Method method;
  QueueSnapshot queue;  // id, writable, min, max, committed, target
  QueueState state;
  std::string_view reason;
  int64_t target;
  int64_t replay;
  int64_t skip;
};

constexpr Direction kRewind = Direction::kRewindOnly;
constexpr Direction kSkip = Direction::kSkipOnly;
constexpr Direction kAny = Direction::kAny;
constexpr Method kAuto = Method::kAuto;
constexpr Method kWrite = Method::kBrokerSide;
constexpr std::string_view kNone = "";
constexpr auto kNever = std::nullopt;

const Case kCases[] = {
    {"back", kRewind, kAuto, {0, true, 0, 100, 90, 40}, QueueState::kPlanned, kNone, 40, 50, 0},
    {"back, any", kAny, kAuto, {0, true, 0, 100, 90, 40}, QueueState::kPlanned, kNone, 40, 50, 0},
    {"back, to the first message",
     kRewind,
     kAuto,
     {0, true, 10, 100, 90, 10},
     QueueState::kPlanned,
     kNone,
     10,
     80,
     0},
    {"forward, allowed",
     kSkip,
     kAuto,
     {0, true, 0, 100, 40, 90},
     QueueState::kPlanned,
     kNone,
     90,
     0,
     50},
    {"forward, any",
     kAny,
     kAuto,
     {0, true, 0, 100, 40, 100},
     QueueState::kPlanned,
     kNone,
     100,
     0,
     60},
    {"forward, forbidden",
     kRewind,
     kAuto,
     {0, true, 0, 100, 40, 90},
     QueueState::kUnchanged,
     reason::kForwardSkipNotAllowed,
     90,
     0,
     0},
    {"back, forbidden",
     kSkip,
     kAuto,
     {0, true, 0, 100, 90, 40},
     QueueState::kUnchanged,
     reason::kBackwardReplayNotAllowed,
     40,
     0,
     0},
    {"already there",
     kRewind,
     kAuto,
     {0, true, 0, 100, 40, 40},
     QueueState::kUnchanged,
     reason::kNothingToDo,
     40,
     0,
     0},
    {"expired messages cannot be replayed",
     kRewind,
     kAuto,
     {0, true, 50, 100, 20, 50},
     QueueState::kUnchanged,
     reason::kNothingToDo,
     50,
     0,
     0},
    {"only what is there is skipped",
     kSkip,
     kAuto,
     {0, true, 50, 100, 20, 70},
     QueueState::kPlanned,
     kNone,
     70,
     0,
     20},
    {"committed past the end, after a loss",
     kRewind,
     kAuto,
     {0, true, 0, 100, 500, 100},
     QueueState::kPlanned,
     kNone,
     100,
     0,
     0},
    {"a search below the first",
     kRewind,
     kAuto,
     {0, true, 10, 100, 90, 0},
     QueueState::kPlanned,
     kNone,
     10,
     80,
     0},
    {"a search past the end",
     kAny,
     kAuto,
     {0, true, 10, 100, 90, 900},
     QueueState::kPlanned,
     kNone,
     100,
     0,
     10},
    {"a negative search",
     kRewind,
     kAuto,
     {0, true, 0, 100, 90, -1},
     QueueState::kPlanned,
     kNone,
     0,
     90,
     0},
    {"never committed",
     kRewind,
     kAuto,
     {0, true, 0, 100, kNever, 40},
     QueueState::kFailed,
     reason::kNoCommittedOffset,
     40,
     0,
     0},
    {"never committed, and empty",
     kRewind,
     kAuto,
     {0, true, 0, 0, kNever, 0},
     QueueState::kUnchanged,
     reason::kNoCommittedOffset,
     0,
     0,
     0},
    {"not writable",
     kRewind,
     kAuto,
     {0, false, 0, 100, 90, 40},
     QueueState::kNotCovered,
     kNone,
     40,
     0,
     0},
    {"not writable, but written",
     kRewind,
     kWrite,
     {0, false, 0, 100, 90, 40},
     QueueState::kPlanned,
     kNone,
     40,
     50,
     0},
    {"empty, committed",
     kRewind,
     kAuto,
     {0, true, 0, 0, 0, 0},
     QueueState::kUnchanged,
     reason::kNothingToDo,
     0,
     0,
     0},
};

Snapshot OneBroker(std::vector<QueueSnapshot> queues) {
  BrokerSnapshot broker;
  broker.name = "a";
  broker.address = "a:10911";
  broker.queue_nums = static_cast<int32_t>(queues.size());
  broker.queues = std::move(queues);
  return {{broker}, true};
}

TEST(PlannerTest, DecidesEveryQueue) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.what);
    Request request;
    request.direction = c.direction;
    request.method = c.method;
    Plan plan = MakePlan(request, OneBroker({c.queue}));
    ASSERT_EQ(plan.table.queues.size(), 1u);
    const QueueRow& row = plan.table.queues[0];
    EXPECT_EQ(Name(row.state), Name(c.state));
    EXPECT_EQ(row.reason, c.reason);
    EXPECT_EQ(row.target_offset, c.target);
    EXPECT_EQ(plan.messages_to_replay, c.replay);
    EXPECT_EQ(plan.messages_to_skip, c.skip);
    EXPECT_EQ(plan.queues_planned, c.state == QueueState::kPlanned ? 1 : 0);
  }
}

TEST(PlannerTest, BrokerThatCannotBeReadKeepsItsRows) {
  Snapshot snapshot = OneBroker({{0, true, 0, 100, 90, 40}});
  BrokerSnapshot dead;
  dead.name = "b";
  dead.queue_nums = 2;
  dead.error = Status(ErrorCode::kUnavailable, "the route names no master");
  snapshot.brokers.push_back(dead);
  dead.name = "c";
  dead.error = Status::Rejected(protocol::kTopicNotExist, "topic orders not exist");
  snapshot.brokers.push_back(dead);
  Plan plan = MakePlan({}, snapshot);
  ASSERT_EQ(plan.table.queues.size(), 5u);
  EXPECT_EQ(plan.problem, "");
  EXPECT_EQ(plan.table.brokers[1].state, BrokerState::kFailed);
  EXPECT_EQ(plan.table.queues[1].reason, reason::kBrokerUnreachable);
  EXPECT_EQ(plan.table.queues[3].reason, reason::kTopicNotFound);
  EXPECT_EQ(plan.table.brokers[2].response_code, protocol::kTopicNotExist);
}

TEST(PlannerTest, NothingCommittedIsAProblemOfTheWhole) {
  Snapshot snapshot =
      OneBroker({{0, true, 0, 100, std::nullopt, 40}, {1, true, 0, 0, std::nullopt, 0}});
  EXPECT_EQ(MakePlan({}, snapshot).problem, reason::kNoCommittedOffset);
  snapshot.group_known = false;
  EXPECT_EQ(MakePlan({}, snapshot).problem, reason::kConsumerGroupNotFound);
  snapshot.brokers[0].queues[0].committed = 7;
  EXPECT_EQ(MakePlan({}, snapshot).problem, "");
  EXPECT_EQ(MakePlan({}, Snapshot{}).problem, reason::kTopicNotFound);
}

TEST(PlannerTest, WhatTheScopeNamesAndTheRouteDoesNotIsShown) {
  Request request;
  request.method = Method::kBrokerSide;
  request.scope.broker_names = {"a", "z"};
  request.scope.queues = {{"a", 0}, {"a", 9}};
  Plan plan = MakePlan(request, OneBroker({{0, true, 0, 100, 90, 40}}));
  ASSERT_EQ(plan.table.brokers.size(), 2u);
  EXPECT_EQ(plan.table.brokers[1].state, BrokerState::kFailed);
  ASSERT_EQ(plan.table.queues.size(), 2u);
  EXPECT_EQ(plan.table.queues[1].state, QueueState::kFailed);
}

TEST(PlannerTest, HashBindsTargetsButNotProgress) {
  Request request;
  Snapshot snapshot = OneBroker({{0, true, 0, 100, 90, 40}});
  std::string hash = MakePlan(request, snapshot).hash;
  EXPECT_EQ(hash.size(), 16u);
  snapshot.brokers[0].queues[0].committed = 95;
  EXPECT_EQ(MakePlan(request, snapshot).hash, hash);
  snapshot.brokers[0].queues[0].target = 41;
  EXPECT_NE(MakePlan(request, snapshot).hash, hash);
  snapshot.brokers[0].queues[0].target = 40;
  request.group = "other";
  EXPECT_NE(MakePlan(request, snapshot).hash, hash);
}

}  // namespace
}  // namespace rewindmq::reset
