// What comes around acting: the route and the offsets right before, the way back, what a lost
// answer means, and the rows as JSON.

#include <gtest/gtest.h>

#include "reset/apply.h"
#include "reset/planner.h"
#include "reset/recover.h"
#include "reset/request_json.h"
#include "reset/route_check.h"
#include "reset/snapshot.h"
#include "reset/table_json.h"
#include "reset/undo.h"
#include "tests/unit/reset/fake_admin.h"

namespace rewindmq::reset {
namespace {

class AfterwardsTest : public testing::Test {
 protected:
  AfterwardsTest() {
    request_.operation_id = "op-1";
    request_.topic = "orders";
    request_.group = "billing";
    request_.target.time_ms = 1'000'000;
    broker_ = &admin_.AddBroker("a", 2);
  }
  void MakeTable() { table_ = MakePlan(request_, *ReadSnapshot(&admin_, request_)).table; }
  void Apply() { ApplyToBroker(&admin_, request_, "a", 5, {}, &table_); }
  std::string ObjectionNow() { return CheckRoute(&admin_, request_, table_)->reason; }

  FakeAdmin admin_;
  FakeBroker* broker_;
  Request request_;
  Table table_;
};

TEST_F(AfterwardsTest, RouteIsHeldAgainstThePlan) {
  MakeTable();
  EXPECT_EQ(ObjectionNow(), "");
  broker_->queues.resize(3);
  EXPECT_EQ(ObjectionNow(), reason::kRouteChanged);
  broker_->queues.resize(2);
  broker_->address = "elsewhere:1";
  EXPECT_EQ(ObjectionNow(), reason::kRouteChanged);
  broker_->address = "a:10911";
  admin_.AddBroker("b", 1);
  EXPECT_EQ(ObjectionNow(), reason::kRouteChanged);
  request_.scope.broker_names = {"a"};
  EXPECT_EQ(ObjectionNow(), "");
  admin_.brokers.erase("a");
  EXPECT_EQ(ObjectionNow(), reason::kRouteChanged);
  admin_.topic = "another";
  EXPECT_EQ(ObjectionNow(), reason::kTopicNotFound);
  admin_.silent_routes = 1;
  EXPECT_FALSE(CheckRoute(&admin_, request_, table_).ok());
}

TEST_F(AfterwardsTest, MissingQueuesOfAPlanDoNotChangeItsRoute) {
  request_.target.kind = TargetKind::kOffsets;
  request_.target.offsets = {{{"orders", "a", 0}, 40}, {{"orders", "a", 9}, 40}};
  MakeTable();
  EXPECT_EQ(ObjectionNow(), "");
}

TEST_F(AfterwardsTest, SomebodyElsesResetIsSeen) {
  MakeTable();
  broker_->queues[1].committed = 120;  // read on
  EXPECT_TRUE(CheckOffsets(&admin_, request_, table_)->empty());
  broker_->queues[1].committed = 99;
  Objection found = *CheckOffsets(&admin_, request_, table_);
  EXPECT_EQ(found.reason, reason::kConcurrentReset);
  EXPECT_NE(found.message.find("99"), std::string::npos);
}

TEST_F(AfterwardsTest, UndoPutsBackWhatWasMovedOnly) {
  broker_->queues[1].committed = 10;  // withheld: the target would skip
  broker_->queues.push_back({.committed = std::nullopt});
  MakeTable();
  Apply();
  Undo undo = UndoOf(request_, table_);
  ASSERT_EQ(undo.request.target.offsets.size(), 1u);
  EXPECT_EQ(undo.request.target.offsets.begin()->first, (QueueName{"orders", "a", 0}));
  EXPECT_EQ(undo.request.target.offsets.begin()->second, 100);
  ASSERT_EQ(undo.not_restorable.size(), 1u);
  EXPECT_NE(undo.not_restorable[0].find("queue 2"), std::string::npos);
  request_ = undo.request;
  MakeTable();
  Apply();
  EXPECT_EQ(broker_->queues[0].committed, 100);
  EXPECT_EQ(broker_->queues[1].committed, 10);
}

TEST_F(AfterwardsTest, DryRunsAndReplaysHaveNothingToUndo) {
  MakeTable();
  EXPECT_TRUE(UndoOf(request_, table_).request.target.offsets.empty());
  Apply();
  request_.replay = Replay{};
  EXPECT_TRUE(UndoOf(request_, table_).request.target.offsets.empty());
}

struct RecoveryCase {
  const char* what;
  std::vector<std::array<int64_t, 3>> queues;  // before, target, committed now
  bool all_or_none;
  bool offline;
  bool ask_again;
  bool all_applied;
};

TEST(DecideRecoveryTest, OneLineACase) {
  const RecoveryCase kCases[] = {
      {"rewound", {{100, 40, 40}}, true, false, false, true},
      {"one proves for the other", {{100, 40, 50}, {100, 90, 130}}, true, false, false, true},
      {"but not at Apache's", {{100, 40, 50}, {100, 90, 130}}, false, false, false, false},
      {"nothing seen, online", {{100, 40, 100}}, true, false, false, false},
      {"nothing seen, offline", {{100, 40, 100}}, true, true, true, false},
      {"one is past, so somebody was online",
       {{100, 40, 100}, {100, 40, 101}},
       true,
       true,
       false,
       false},
      {"skip not done", {{10, 40, 12}}, true, false, true, false},
      {"skip may have been read", {{10, 40, 40}}, true, false, false, false},
      {"proof against disproof", {{100, 40, 50}, {10, 40, 12}}, true, false, false, false},
      {"somebody else", {{100, 40, 50}, {100, 40, 3}}, true, false, false, false},
  };
  for (const RecoveryCase& c : kCases) {
    SCOPED_TRACE(c.what);
    std::vector<QueueRow> rows(c.queues.size());
    std::vector<Finding> findings;
    for (size_t i = 0; i < rows.size(); ++i) {
      rows[i].before_offset = c.queues[i][0];
      rows[i].target_offset = c.queues[i][1];
      findings.push_back({&rows[i], c.queues[i][2], Judge(rows[i], c.queues[i][2])});
    }
    Recovery recovery = DecideRecovery(findings, c.all_or_none, c.offline);
    EXPECT_EQ(recovery.safe_to_ask_again, c.ask_again);
    EXPECT_EQ(recovery.all_applied, c.all_applied);
  }
}

TEST_F(AfterwardsTest, LostRewindOfAnOfflineGroupIsAskedAgain) {
  broker_->clients_online = 0;
  broker_->lose_requests = 1;
  MakeTable();
  Apply();
  ASSERT_EQ(table_.brokers[0].state, BrokerState::kApplying);
  ASSERT_TRUE(ResolveInterrupted(&admin_, request_, true, &table_.brokers[0], &table_).ok());
  EXPECT_EQ(table_.brokers[0].state, BrokerState::kPending);
  Apply();
  EXPECT_EQ(broker_->exact_resets.size(), 1u);
  EXPECT_EQ(table_.brokers[0].state, BrokerState::kApplied);
}

TEST_F(AfterwardsTest, MembersConfirmForThemselves) {
  request_.verify_by = VerifyBy::kClients;
  broker_->client_offsets["one"] = {{{"orders", "a", 0}, 100}, {{"orders", "a", 1}, 100}};
  MakeTable();
  Apply();
  EXPECT_FALSE(AllVerified(table_));
  EXPECT_EQ(table_.brokers[0].clients_confirmed, 0);
  broker_->client_offsets["one"] = {{{"orders", "a", 0}, 45}};
  broker_->client_offsets["two"] = {{{"orders", "a", 1}, 100}};
  ASSERT_TRUE(Observe(&admin_, request_, table_.brokers[0], &table_).ok());
  EXPECT_EQ(table_.queues[0].reason, reason::kVerified);
  EXPECT_EQ(table_.queues[1].reason, "");
  EXPECT_EQ(table_.brokers[0].clients_confirmed, 1);
  broker_->client_offsets["two"] = {{{"orders", "a", 1}, 40}};
  ASSERT_TRUE(Observe(&admin_, request_, table_.brokers[0], &table_).ok());
  EXPECT_TRUE(AllVerified(table_));
  EXPECT_EQ(table_.brokers[0].clients_confirmed, 2);
}

TEST_F(AfterwardsTest, MembersThatReadOnFasterThanAnybodyLooksAreSeen) {
  request_.verify_by = VerifyBy::kClients;
  broker_->client_offsets["one"] = {{{"orders", "a", 0}, 100}, {{"orders", "a", 1}, 100}};
  MakeTable();
  Apply();
  EXPECT_FALSE(AllVerified(table_));
  broker_->queues[0].committed = 100;  // heeded only after a pull from the new place
  ASSERT_TRUE(Observe(&admin_, request_, table_.brokers[0], &table_).ok());
  EXPECT_EQ(table_.queues[0].reason, reason::kVerified);
  EXPECT_EQ(table_.queues[1].reason, "");
  broker_->client_offsets.clear();  // a client that cannot say where it is
  broker_->queues[1].committed = 100;
  Table ours = table_;
  ASSERT_TRUE(Observe(&admin_, request_, ours.brokers[0], &ours).ok());
  EXPECT_TRUE(AllVerified(ours));
  table_.brokers[0].kind = BrokerKind::kNotifies;
  ASSERT_TRUE(Observe(&admin_, request_, table_.brokers[0], &table_).ok());
  EXPECT_FALSE(AllVerified(table_));
}

TEST_F(AfterwardsTest, RowsAndRequestsSurviveJson) {
  request_.scope.queues = {{"a", 0}, {"a", 1}};
  request_.scope.broker_names = {"a"};
  request_.limits = {7000, 8};
  request_.verify_by = VerifyBy::kClients;
  request_.target.kind = TargetKind::kOffsets;
  request_.target.offsets[{"orders", "a", 0}] = 40;
  MakeTable();
  Apply();
  table_.queues[0].replay = ReplayProgress{1, 9, 5, 3, 1, 0, 0};
  Json json = Json::object();
  TableToJson(table_, &json);
  Table read = TableFromJson(json).value();
  Json again = Json::object();
  TableToJson(read, &again);
  EXPECT_EQ(json.dump(), again.dump());
  EXPECT_EQ(read.brokers[0].kind, BrokerKind::kRewindMq);
  EXPECT_EQ(read.queues[0].replay, table_.queues[0].replay);
  Request same = RequestFromJson(RequestToJson(request_)).value();
  EXPECT_EQ(RequestToJson(same).dump(), RequestToJson(request_).dump());
  request_.replay = Replay{5, "A", "", 9, true};
  same = RequestFromJson(RequestToJson(request_)).value();
  EXPECT_EQ(RequestToJson(same).dump(), RequestToJson(request_).dump());
  json["queues"][0]["state"] = "Sleeping";
  EXPECT_FALSE(TableFromJson(json).ok());
  json["queues"] = 5;
  EXPECT_FALSE(TableFromJson(json).ok());
}

}  // namespace
}  // namespace rewindmq::reset
