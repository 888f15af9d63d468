#include <chrono>
#include <thread>

#include "common/protocol/lists.h"
#include "common/protocol/offset_tables.h"
#include "common/protocol/properties_text.h"
#include "tests/unit/broker/handlers/broker_test_base.h"

namespace rewindmq::broker {
namespace {

class BrokerAdminTest : public BrokerTestBase {
 protected:
  remoting::Reply Update(const std::string& properties) {
    auto request = protocol::MakeRequest(protocol::kUpdateBrokerConfig);
    request.body = properties;
    return Ask(std::move(request));
  }
  std::map<std::string, std::string> Config() {
    auto reply = Ask(protocol::MakeRequest(protocol::kGetBrokerConfig));
    EXPECT_EQ(reply.command.code, 0);
    EXPECT_NE(reply.command.fields.Find("version"), nullptr);
    auto config = protocol::DecodeJavaProperties(reply.command.body);
    return config.ok() ? *config : std::map<std::string, std::string>();
  }
  remoting::Reply ViewStats(const std::string& name, const std::string& key) {
    return Ask(protocol::MakeRequest(protocol::kViewBrokerStatsData)
                   .With("statsName", name)
                   .With("statsKey", key));
  }
  remoting::Reply Pull(const std::string& group, const std::string& topic, int32_t queue_id) {
    return Ask(PullRequestFor(group, topic, queue_id, 0));
  }
};

TEST_F(BrokerAdminTest, ConfigurationChangesAtOnceAndHoldsOverARestart) {
  BrokerOptions options = Options();
  StartBroker(options);
  EXPECT_EQ(Config()["autoCreateTopicEnable"], "true");
  auto reply = Update("autoCreateTopicEnable=false\nautoCreateSubscriptionGroup=false\n");
  ASSERT_EQ(reply.command.code, 0) << reply.command.remark;
  EXPECT_EQ(Ask(SendRequestTo("Fresh", 0, "x")).command.code, protocol::kTopicNotExist);
  EXPECT_EQ(Pull("FreshGroup", "SELF_TEST_TOPIC", 0).command.code,
            protocol::kSubscriptionGroupNotExist);
  EXPECT_EQ(Config()["autoCreateTopicEnable"], "false");
  broker_.reset();
  StartBroker(options);
  EXPECT_EQ(Config()["autoCreateSubscriptionGroup"], "false");
  EXPECT_EQ(Ask(SendRequestTo("Fresh", 0, "x")).command.code, protocol::kTopicNotExist);
  EXPECT_EQ(Update("autoCreateTopicEnable=true").command.code, 0);
  EXPECT_EQ(Put("Fresh", 0, "x"), 0);
}

TEST_F(BrokerAdminTest, ABadUpdateChangesNothingAndSaysWhy) {
  StartBroker();
  auto reply = Update("longPollingEnable=false\nnoSuchKey=1\n");
  EXPECT_EQ(reply.command.code, protocol::kSystemError);
  EXPECT_NE(reply.command.remark.find("noSuchKey"), std::string_view::npos);
  EXPECT_EQ(Update("listenPort=1234").command.code, protocol::kNoPermission);
  EXPECT_EQ(Config()["longPollingEnable"], "true");
  EXPECT_EQ(Update("maxMessageSize=2048").command.code, 0);
  auto large = Ask(SendRequestTo("TopicTest", 0, std::string(3000, 'x')));
  EXPECT_EQ(large.command.code, protocol::kMessageIllegal);
}

TEST_F(BrokerAdminTest, TrafficIsToldByNameAndKey) {
  StartBroker();
  Put("TopicTest", 0, "one");
  Pull("CG", "TopicTest", 0);
  auto reply = ViewStats("TOPIC_PUT_NUMS", "TopicTest");
  ASSERT_EQ(reply.command.code, 0) << reply.command.remark;
  EXPECT_NE(reply.command.body.find("\"statsMinute\":{\"avgpt\":"), std::string_view::npos);
  EXPECT_EQ(ViewStats("GROUP_GET_NUMS", "TopicTest@CG").command.code, 0);
  reply = ViewStats("GROUP_GET_NUMS", "TopicTest@CGCLONE");
  EXPECT_EQ(reply.command.code, protocol::kSystemError);
  EXPECT_EQ(reply.command.remark, "The stats <GROUP_GET_NUMS> <TopicTest@CGCLONE> not exist");
}

TEST_F(BrokerAdminTest, RuntimeFiguresFollowTheTraffic) {
  StartBroker();
  for (int i = 0; i < 3; ++i) Put("TopicTest", 0, "body");
  Pull("CG", "TopicTest", 0);
  auto reply = Ask(protocol::MakeRequest(protocol::kGetBrokerRuntimeInfo));
  auto info = protocol::DecodeKvTable(reply.command.body);
  ASSERT_TRUE(info.ok());
  EXPECT_EQ((*info)["msgPutTotalTodayNow"], "3");
  EXPECT_EQ((*info)["msgGetTotalTodayNow"], "3");
  EXPECT_EQ((*info)["putMessageTimesTotal"], "3");
  EXPECT_GT(std::stoll((*info)["earliestMessageTimeStamp"]), 1'600'000'000'000);
  for (const char* rate : {"putTps", "getFoundTps", "getMissTps", "getTotalTps", "getTransferedTps",
                           "getTransferredTps"}) {
    EXPECT_EQ(std::count((*info)[rate].begin(), (*info)[rate].end(), ' '), 2) << rate;
  }
}

TEST_F(BrokerAdminTest, ProgressTellsWhatIsInFlight) {
  StartBroker();
  for (int i = 0; i < 5; ++i) Put("TopicTest", 0, "body");
  Pull("CG", "TopicTest", 0);
  Commit("CG", "TopicTest", 0, 2);
  auto reply = Ask(
      protocol::MakeRequest(protocol::kGetConsumeStats).With("consumerGroup", std::string("CG")));
  auto stats = protocol::DecodeConsumeStats(reply.command.body);
  ASSERT_TRUE(stats.ok());
  protocol::OffsetWrapper& offset = stats->offset_table[{"TopicTest", "broker-a", 0}];
  EXPECT_EQ(offset.broker_offset, 5);
  EXPECT_EQ(offset.consumer_offset, 2);
  EXPECT_EQ(offset.pull_offset, 5);
  EXPECT_GT(offset.last_timestamp_ms, 0);
  reply = Ask(protocol::MakeRequest(protocol::kGetBrokerConsumeStats).With("isOrder", "false"));
  EXPECT_NE(reply.command.body.find("\"totalDiff\":3"), std::string_view::npos);
  reply = Ask(protocol::MakeRequest(protocol::kGetBrokerConsumeStats).With("isOrder", "true"));
  EXPECT_NE(reply.command.body.find("\"totalDiff\":0"), std::string_view::npos)
      << "not an order topic";
  reply = Ask(protocol::MakeRequest(protocol::kQueryConsumeTimeSpan)
                  .With("topic", std::string("TopicTest"))
                  .With("group", std::string("CG")));
  EXPECT_EQ(reply.command.code, 0);
  EXPECT_NE(reply.command.body.find("\"consumeTimeSpanSet\":[{"), std::string_view::npos);
}

TEST_F(BrokerAdminTest, OffsetsAreClonedAndCorrected) {
  StartBroker();
  for (int i = 0; i < 5; ++i) Put("TopicTest", 0, "body");
  Commit("CG", "TopicTest", 0, 4);
  Commit("Slow", "TopicTest", 0, 1);
  auto clone = protocol::MakeRequest(protocol::kCloneGroupOffset);
  clone.With("srcGroup", std::string("CG")).With("destGroup", std::string("Copy"));
  clone.With("topic", std::string("TopicTest")).With("offline", "true");
  EXPECT_EQ(Ask(std::move(clone)).command.code, 0);
  EXPECT_EQ(Committed("Copy", "TopicTest", 0), 4);
  auto correct = [&](const std::string& filter, const std::string& compare) {
    auto request = protocol::MakeRequest(protocol::kQueryCorrectionOffset);
    request.With("topic", std::string("TopicTest")).With("filterGroups", filter);
    return std::string(Ask(std::move(request.With("compareGroup", compare))).command.body);
  };
  EXPECT_EQ(correct("", "Nobody"), "{\"correctionOffsets\":{0:1}}");
  EXPECT_EQ(correct("Slow", "CG"), "{\"correctionOffsets\":{0:4}}");
  EXPECT_EQ(correct("Slow", "Slow"), "{\"correctionOffsets\":{0:9223372036854775807}}");
  auto reply = Ask(
      protocol::MakeRequest(protocol::kQueryTopicsByConsumer).With("group", std::string("Copy")));
  EXPECT_EQ(protocol::DecodeTopicList(reply.command.body)->topics,
            std::vector<std::string>{"TopicTest"});
  reply = Ask(protocol::MakeRequest(protocol::kGetAllConsumerOffset));
  EXPECT_NE(reply.command.body.find("\"TopicTest@Copy\":{0:4}"), std::string_view::npos);
}

TEST_F(BrokerAdminTest, AQueuesUnitsAreListed) {
  StartBroker();
  for (int i = 0; i < 3; ++i) Put("TopicTest", 0, "body");
  auto query = [&](int32_t queue_id, int64_t index) {
    auto request = protocol::MakeRequest(protocol::kQueryConsumeQueue);
    request.With("topic", std::string("TopicTest")).With("queueId", queue_id);
    return Ask(std::move(request.With("index", index).With("count", 2)));
  };
  auto reply = query(0, 1);
  ASSERT_EQ(reply.command.code, 0);
  EXPECT_NE(reply.command.body.find("\"maxQueueIndex\":3,\"minQueueIndex\":0"),
            std::string_view::npos);
  EXPECT_EQ(std::count(reply.command.body.begin(), reply.command.body.end(), '{'), 3);
  EXPECT_EQ(query(0, 9).command.remark, "Index 9 of 0@TopicTest is not exist!");
  reply = query(3, 0);
  EXPECT_EQ(reply.command.code, protocol::kSystemError);
  EXPECT_EQ(reply.command.remark, "3@TopicTest is not exist!");
}

}  // namespace
}  // namespace rewindmq::broker
