// rewindctl reset against a cluster in memory: what each bad input says, and that plan, apply,
// verify and undo are one story.

#include <gtest/gtest.h>

#include <sstream>

#include "cli/reset_flags.h"
#include "cli/reset_run.h"
#include "common/base/file_system.h"
#include "common/base/temporary_folder.h"
#include "tests/unit/reset/fake_admin.h"

namespace rewindmq::cli {
namespace {

constexpr int64_t kNowMs = 1'700'000'000'000;

Result<reset::Request> Parse(std::vector<std::string> args) {
  ResetFlags flags;
  CLI::App app;
  flags.AddOptions(&app);
  std::vector<std::string> all = {"-t", "orders", "-g", "billing"};
  all.insert(all.end(), args.begin(), args.end());
  std::reverse(all.begin(), all.end());  // CLI11 takes a vector back to front
  app.parse(all);
  return flags.MakeRequest(kNowMs, "op-1");
}

struct BadInput {
  std::vector<std::string> args;
  const char* words;
};

TEST(ResetFlagsTest, EveryBadInputSaysWhatToDo) {
  const BadInput kBad[] = {
      {{}, "no target is given"},
      {{"--earliest", "--ago", "2h"}, "more than one target"},
      {{"--time", "yesterday"}, "--time is 'yesterday'"},
      {{"--time", "2026-13-01T00:00:00Z"}, "--time is '2026-13-01T00:00:00Z'"},
      {{"--ago", "2x"}, "--ago is '2x'"},
      {{"--ago", "h"}, "--ago"},
      {{"--ago", "0s"}, "--ago is '0s'"},
      {{"--ago", "99999999999d"}, "hundred years"},
      {{"--offset", "broker-a:0"}, "like broker-a:3=1000"},
      {{"--offset", "broker-a=5"}, "like broker-a:3"},
      {{"--offset", "broker-a:x=5"}, "x"},
      {{"--offset", "a:0=5", "--offset", "a:0=6"}, "twice"},
      {{"--offset", "a:0=many"}, "many"},
      {{"--latest"}, "--direction SkipOnly or Any"},
      {{"--earliest", "--direction", "SkipOnly"}, "--direction RewindOnly or Any"},
      {{"--earliest", "--direction", "Up"}, "'Up'"},
      {{"--earliest", "--method", "Magic"}, "'Magic'"},
      {{"--earliest", "--verify", "Never"}, "'Never'"},
      {{"--earliest", "--queue", "a"}, "--queue is 'a'"},
      {{"--earliest", "--queue", "a:-1"}, "negative"},
      {{"--earliest", "--queue", "b:1", "--broker", "a"}, "no --broker names"},
      {{"--offset", "a:0=5", "--queue", "a:1"}, "leave --queue out"},
      {{"--earliest", "--until", "now"}, "--time or --ago"},
      {{"--ago", "2h", "--tag", "A"}, "give --until"},
      {{"--ago", "2h", "--until", "now", "--tag", "A", "--sql", "a > 1"}, "not both"},
      {{"--ago", "2h", "--until", "now", "--rate", "0"}, "--rate is 0"},
      {{"--ago", "2h", "--until", "now", "--retry-topic"}, "moves none"},
      {{"--ago", "2h", "--until", "later"}, "--until is 'later'"},
      {{"--earliest", "--max-replay", "-1"}, "--max-replay"},
  };
  for (const BadInput& bad : kBad) {
    Result<reset::Request> request = Parse(bad.args);
    ASSERT_FALSE(request.ok()) << bad.words;
    EXPECT_NE(request.status().message().find(bad.words), std::string::npos)
        << request.status().message();
  }
}

TEST(ResetFlagsTest, MomentsHaveThreeForms) {
  EXPECT_EQ(ParseMoment("1767323045000", "--time").value(), 1'767'323'045'000);
  EXPECT_EQ(ParseMoment("2026-01-02T03:04:05Z", "--time").value(), 1'767'323'045'000);
  EXPECT_TRUE(ParseMoment("2026-01-02 03:04:05", "--time").ok());
  EXPECT_EQ(Parse({"--ago", "15m"})->target.time_ms, kNowMs - 900'000);
}

TEST(ResetFlagsTest, BrokerNamesMayHoldColons) {
  reset::Request request = Parse({"--offset", "a:b:3=7"}).value();
  EXPECT_EQ(request.target.offsets.begin()->first.broker_name, "a:b");
  EXPECT_EQ(request.target.offsets.begin()->first.queue_id, 3);
}

class ResetRunTest : public testing::Test {
 protected:
  ResetRunTest() : folder_(TemporaryFolder::Make().value()) {
    admin_.AddBroker("a", 2);
    options_.result_path = folder_.path() + "/result.json";
    options_.name_servers = "ns:9876";
    options_.wait_ms = 0;
  }
  Status Apply(std::vector<std::string> args) {
    Result<reset::Request> request = Parse(std::move(args));
    if (!request.ok()) return request.status();
    out_.str("");
    return ResetRun(&admin_, &clock_, &out_).Apply(*request, options_);
  }
  ResultFile Kept() { return ReadResult(options_.result_path).value(); }

  TemporaryFolder folder_;
  reset::FakeAdmin admin_;
  FakeClock clock_{kNowMs};
  ResetRunOptions options_;
  std::ostringstream out_;
};

TEST_F(ResetRunTest, PlanApplyVerifyUndo) {
  options_.dry_run = true;
  ASSERT_TRUE(Apply({"--time", "1000"}).ok());
  EXPECT_NE(out_.str().find("2 of 2 queues move, 120 messages again, 0 skipped"), std::string::npos)
      << out_.str();
  EXPECT_FALSE(RealFileSystem().Exists(options_.result_path));
  options_.dry_run = false;
  const size_t hash = out_.str().find("plan ") + 5;
  options_.plan_hash = out_.str().substr(hash, 16);
  ASSERT_TRUE(Apply({"--time", "1000"}).ok()) << out_.str();
  EXPECT_EQ(admin_.brokers["a"].queues[1].committed, 40);
  EXPECT_EQ(Kept().table.queues[1].reason, reset::reason::kVerified);
  EXPECT_EQ(Kept().plan_hash, options_.plan_hash);
  ASSERT_TRUE(ResetRun(&admin_, &clock_, &out_).Verify(Kept(), options_).ok());
  ResetRunOptions undo = options_;
  undo.plan_hash.clear();
  EXPECT_NE(ResetRun(&admin_, &clock_, &out_).Undo(Kept(), {}, undo).message().find("exists"),
            std::string::npos);
  undo.result_path.clear();
  ResultFile kept = Kept();
  Status limited = ResetRun(&admin_, &clock_, &out_).Undo(kept, {std::nullopt, 119}, undo);
  EXPECT_NE(limited.message().find("LimitExceeded"), std::string::npos) << limited.message();
  ASSERT_TRUE(ResetRun(&admin_, &clock_, &out_).Undo(kept, {}, undo).ok());
  EXPECT_EQ(admin_.brokers["a"].queues[1].committed, 100);
}

TEST_F(ResetRunTest, AnotherPlanIsNotApplied) {
  options_.plan_hash = "0123456789abcdef";
  EXPECT_NE(Apply({"--time", "1000"}).message().find("PlanHashChanged"), std::string::npos);
  EXPECT_TRUE(admin_.brokers["a"].resets.empty());
  EXPECT_FALSE(RealFileSystem().Exists(options_.result_path));
}

TEST_F(ResetRunTest, IntentIsOnDiskBeforeAnythingIsSent) {
  admin_.before_reset = [&] {
    EXPECT_EQ(Kept().table.brokers[0].state, reset::BrokerState::kApplying);
  };
  ASSERT_TRUE(Apply({"--time", "1000"}).ok());
  EXPECT_EQ(admin_.brokers["a"].resets.size(), 1u);
  options_.result_path = folder_.path() + "/missing/result.json";
  EXPECT_FALSE(Apply({"--earliest"}).ok());
  EXPECT_EQ(admin_.brokers["a"].resets.size(), 1u);
}

TEST_F(ResetRunTest, KilledApplyIsClearedUpByVerify) {
  admin_.brokers["a"].lose_answers = 1;
  ASSERT_TRUE(Apply({"--time", "1000"}).ok());
  ResultFile half = Kept();
  half.table.brokers[0].state = reset::BrokerState::kApplying;
  for (reset::QueueRow& row : half.table.queues) row.state = reset::QueueState::kApplying;
  ASSERT_TRUE(ResetRun(&admin_, &clock_, &out_).Verify(half, options_).ok());
  EXPECT_EQ(Kept().table.brokers[0].state, reset::BrokerState::kApplied);
}

TEST_F(ResetRunTest, WhatDidNotHappenIsAnError) {
  admin_.AddBroker("b", 1).reject_reset = Status::Rejected(16, "no permission");
  Status applied = Apply({"--time", "1000"});
  EXPECT_NE(applied.message().find("broker b queue 0"), std::string::npos) << applied.message();
  EXPECT_NE(applied.message().find("PermissionDenied"), std::string::npos);
  EXPECT_EQ(admin_.brokers["a"].queues[0].committed, 40);
}

TEST_F(ResetRunTest, ResultsOfOthersAreNotOverwrittenNorBelieved) {
  ASSERT_TRUE(RealFileSystem().Write(options_.result_path, "{}", FileSystem::Sync::kNo).ok());
  EXPECT_NE(Apply({"--time", "1000"}).message().find("exists already"), std::string::npos);
  EXPECT_NE(ReadResult(options_.result_path).status().message().find("no result of a reset"),
            std::string::npos);
  EXPECT_FALSE(ReadResult(folder_.path() + "/none").ok());
}

}  // namespace
}  // namespace rewindmq::cli
