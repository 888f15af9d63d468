// rewindctl resetOffsetByTime against a cluster in memory: mqadmin's table, and what mqadmin hides.

#include "cli/reset_offset_by_time.h"

#include <gtest/gtest.h>

#include <sstream>

#include "tests/unit/reset/fake_admin.h"

namespace rewindmq::cli {
namespace {

constexpr int64_t kNowMs = 1'700'000'000'000;

struct Ran {
  Status status;
  std::string out;
};

Ran RunWith(reset::FakeAdmin* admin, std::vector<std::string> args) {
  ResetOffsetByTime command;
  CLI::App app;
  command.AddOptions(&app);
  // CLI11 takes a vector back to front.
  std::vector<std::string> all = {"-n", "ns:9876", "-t", "orders", "-g", "billing"};
  all.insert(all.end(), args.begin(), args.end());
  std::reverse(all.begin(), all.end());
  app.parse(all);
  std::ostringstream out;
  Status status = command.RunAgainst(admin, kNowMs, out);
  return {status, out.str()};
}

std::string Line(std::initializer_list<std::string> cells, size_t width) {
  std::string line;
  for (const std::string& cell : cells) {
    line += (line.empty() ? "" : "  ") + cell + std::string(width - cell.size(), ' ');
  }
  return line + "\n";
}

TEST(ResetOffsetByTimeTest, PrintsMqadminsTable) {
  reset::FakeAdmin admin;
  admin.AddBroker("broker-a", 2);
  Ran run = RunWith(&admin, {"-s", "1000"});
  ASSERT_TRUE(run.status.ok()) << run.status.message();
  EXPECT_EQ(run.out,
            "start reset consumer offset by specified, group[billing], topic[orders], "
            "force[true], timestamp(string)[1000], timestamp(long)[1000]\n" +
                Line({"#brokerName", "#queueId", "#offset"}, 40) +
                Line({"broker-a", "0", "40"}, 40) + Line({"broker-a", "1", "40"}, 40));
}

TEST(ResetOffsetByTimeTest, SecondRunShowsTheSameRows) {
  reset::FakeAdmin admin;
  admin.AddBroker("broker-a", 2);
  Ran first = RunWith(&admin, {"-s", "1000", "-f", "false"});
  Ran second = RunWith(&admin, {"-s", "1000", "-f", "false"});
  EXPECT_TRUE(second.status.ok());
  EXPECT_EQ(first.out, second.out);
}

TEST(ResetOffsetByTimeTest, WithoutForceQueuesStayThatWouldGoForward) {
  reset::FakeAdmin admin;
  admin.AddBroker("broker-a", 2).queues[1].committed = 10;
  Ran run = RunWith(&admin, {"-s", "1000", "-f", "false"});
  EXPECT_TRUE(run.status.ok());
  EXPECT_NE(run.out.find(Line({"broker-a", "1", "10"}, 40)), std::string::npos) << run.out;
  EXPECT_EQ(*admin.brokers["broker-a"].queues[1].committed, 10);
}

TEST(ResetOffsetByTimeTest, OfflineGroupAtApachePrintsTheRollbackTable) {
  reset::FakeAdmin admin;
  reset::FakeBroker& broker = admin.AddBroker("broker-a", 1);
  broker.manner = reset::Manner::kNotifies;
  broker.clients_online = 0;
  Ran run = RunWith(&admin, {"-s", "now"});
  ASSERT_TRUE(run.status.ok()) << run.status.message();
  EXPECT_NE(run.out.find("consumerGroup[billing]"), std::string::npos);
  EXPECT_NE(run.out.find(Line({"broker-a", "0", "100", "100", "40", "40"}, 20)), std::string::npos)
      << run.out;
}

TEST(ResetOffsetByTimeTest, OneFailingBrokerDoesNotStopTheOthers) {
  reset::FakeAdmin admin;
  admin.AddBroker("broker-a", 1).silent = true;
  admin.AddBroker("broker-b", 1);
  Ran run = RunWith(&admin, {"-s", "1000"});
  EXPECT_FALSE(run.status.ok());
  EXPECT_NE(run.status.message().find("broker-a"), std::string::npos);
  EXPECT_NE(run.out.find("broker-b"), std::string::npos);
  EXPECT_EQ(run.out.find("broker-a"), std::string::npos);
}

TEST(ResetOffsetByTimeTest, BadInputIsNamedAndDoesNothing) {
  const std::vector<std::string> kBad[] = {{"-s", "yesterday"},
                                           {"-s", "12x"},
                                           {"-s", ""},
                                           {"-s", "-5"},
                                           {"-s", "99999999999999999999"},
                                           {"-s", "2026-13-01#00:00:00:000"},
                                           {"-s", std::to_string(kNowMs + 1)},
                                           {"-s", "1000", "-f", "perhaps"}};
  for (const auto& args : kBad) {
    reset::FakeAdmin admin;
    admin.AddBroker("broker-a", 1);
    Ran run = RunWith(&admin, args);
    EXPECT_EQ(run.status.code(), ErrorCode::kInvalidArgument) << args[1];
    EXPECT_NE(run.status.message().find(args.back()), std::string::npos) << run.status.message();
    EXPECT_EQ(run.out, "");
    EXPECT_TRUE(admin.brokers["broker-a"].resets.empty());
  }
}

TEST(ResetOffsetByTimeTest, UnknownNamesAreNamed) {
  reset::FakeAdmin admin;
  admin.AddBroker("broker-a", 1).queues[0].committed = std::nullopt;
  EXPECT_NE(RunWith(&admin, {"-s", "1000"}).status.message().find("billing"), std::string::npos);
  admin.topic = "another";
  EXPECT_NE(RunWith(&admin, {"-s", "1000"}).status.message().find("orders"), std::string::npos);
}

TEST(CommandLineTest, ExitCodes) {
  std::ostringstream out;
  std::ostringstream errors;
  const char* help[] = {"rewindctl", "resetOffsetByTime", "-h"};
  EXPECT_EQ(RunCommandLine(3, help, out, errors), 0);
  EXPECT_NE(out.str().find("--timestamp"), std::string::npos);
  const char* missing[] = {"rewindctl", "resetOffsetByTime", "-n", "ns:9876"};
  EXPECT_EQ(RunCommandLine(4, missing, out, errors), 1);
  EXPECT_NE(errors.str().find("-t"), std::string::npos);
  const char* unknown[] = {"rewindctl", "no-such-command"};
  EXPECT_EQ(RunCommandLine(2, unknown, out, errors), 1);
  const char* nobody[] = {
      "rewindctl", "resetOffsetByTime", "-n", "127.0.0.1:1", "-t", "T", "-g", "G", "-s", "now"};
  errors.str("");
  EXPECT_EQ(RunCommandLine(10, nobody, out, errors), 1);
  EXPECT_NE(errors.str().find("127.0.0.1:1"), std::string::npos) << errors.str();
}

}  // namespace
}  // namespace rewindmq::cli
