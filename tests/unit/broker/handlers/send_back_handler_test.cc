#include "tests/unit/broker/handlers/broker_test_base.h"

namespace rewindmq::broker {
namespace {

class SendBackTest : public BrokerTestBase {
 protected:
  // Stores a message and gives its physical offset.
  int64_t Stored(const std::string& properties = "TAGS\x01TagA\x02") {
    auto reply = Ask(SendRequestTo("TopicTest", 0, "body", properties));
    EXPECT_EQ(reply.command.code, 0) << reply.command.remark;
    return std::stoll(std::string(reply.command.fields.Find("msgId")->substr(16)), nullptr, 16);
  }

  static protocol::Outgoing SendBack(const std::string& group, int64_t offset, int32_t level) {
    auto request = protocol::MakeRequest(protocol::kConsumerSendMsgBack);
    request.version = protocol::kVersion5_0_0;
    request.With("offset", offset).With("group", group).With("delayLevel", level);
    request.With("originMsgId", "ID").With("originTopic", "TopicTest").With("unitMode", "false");
    return request;
  }

  // The next message of a queue, waiting for it when it is still to come.
  std::string Next(const std::string& topic, int64_t offset) {
    auto reply = Ask(PullRequestFor("CG", topic, 0, offset, 8'000));
    EXPECT_EQ(reply.command.code, 0) << topic << ": " << reply.command.remark;
    return std::string(reply.command.body);
  }
};

TEST_F(SendBackTest, AMessageComesAgainThroughTheRetryTopic) {
  StartBroker();
  int64_t offset = Stored();
  ASSERT_EQ(Ask(SendBack("CG", offset, 1)).command.code, 0);
  std::string body = Next("%RETRY%CG", 0);
  for (const char* part :
       {"body", "RETRY_TOPIC\x01TopicTest\x02", "ORIGIN_MESSAGE_ID\x01", "TAGS\x01TagA\x02",
        "WAIT\x01"
        "false"}) {
    EXPECT_NE(body.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(body.find("DELAY"), std::string::npos) << "it would wait again";
}

TEST_F(SendBackTest, AMessageThatCameOftenEnoughGoesToTheDeadLetters) {
  StartBroker();
  int64_t offset = Stored();
  ASSERT_EQ(Ask(SendBack("CG", offset, -1)).command.code, 0);
  EXPECT_NE(Next("%DLQ%CG", 0).find("DLQ_ORIGIN_TOPIC\x01TopicTest\x02"), std::string::npos);
  auto never = SendBack("CG", offset, 0);
  never.With("maxReconsumeTimes", 0);
  ASSERT_EQ(Ask(std::move(never)).command.code, 0);
  EXPECT_NE(Next("%DLQ%CG", 1).find("body"), std::string::npos);
}

TEST_F(SendBackTest, WhatCannotBeSentBackIsRefused) {
  BrokerOptions options = Options();
  options.auto_create_group = false;
  StartBroker(options);
  int64_t offset = Stored();
  EXPECT_EQ(Ask(SendBack("Unknown", offset, 0)).command.code, protocol::kSubscriptionGroupNotExist);
  auto missing = SendBack("TOOLS_CONSUMER", offset + 3, 0);
  auto reply = Ask(std::move(missing));
  EXPECT_EQ(reply.command.code, protocol::kSystemError);
  EXPECT_NE(reply.command.remark.find("look message by offset failed"), std::string::npos);
}

TEST_F(SendBackTest, AConsumerThatSendsItsRetriesItselfIsHeldToTheSameRule) {
  StartBroker();
  auto alive = SendRequestTo("%RETRY%CG", 0, "alive");
  alive.version = protocol::kVersion5_0_0;
  alive.With("l", 3);
  alive.fields[9].second = "3";
  ASSERT_EQ(alive.fields[9].first, "j");
  EXPECT_EQ(Ask(std::move(alive)).command.code, 0);
  EXPECT_NE(Next("%RETRY%CG", 0).find("alive"), std::string::npos);
  auto dead = SendRequestTo("%RETRY%CG", 0, "dead",
                            "DELAY\x01"
                            "3\x02");
  dead.version = protocol::kVersion5_0_0;
  dead.With("l", 3);
  dead.fields[9].second = "4";
  EXPECT_EQ(Ask(std::move(dead)).command.code, 0);
  EXPECT_NE(Next("%DLQ%CG", 0).find("dead"), std::string::npos) << "at once, in spite of DELAY";
}

TEST_F(SendBackTest, ATimerMessageIsTakenBackWithItsHandle) {
  StartBroker();
  auto sent = Ask(SendRequestTo("TopicTest", 0, "mistake",
                                "UNIQ_KEY\x01K\x02TIMER_DELAY_SEC\x01"
                                "60\x02"));
  ASSERT_EQ(sent.command.code, 0) << sent.command.remark;
  ASSERT_NE(sent.command.fields.Find("recallHandle"), nullptr);
  std::string handle(*sent.command.fields.Find("recallHandle"));
  auto recall = [&](const std::string& topic, const std::string& text) {
    auto request = protocol::MakeRequest(protocol::kRecallMessage);
    request.With("producerGroup", "PG").With("topic", topic).With("recallHandle", text);
    return Ask(std::move(request)).command.code;
  };
  EXPECT_EQ(recall("TopicTest", handle), 0);
  EXPECT_EQ(recall("Unknown", handle), protocol::kTopicNotExist);
  EXPECT_EQ(recall("BenchmarkTest", handle), protocol::kIllegalOperation);
  EXPECT_EQ(recall("TopicTest", "no handle"), protocol::kIllegalOperation);
}

TEST_F(SendBackTest, TellsHowFarTheDelayLevelsAre) {
  StartBroker();
  Put("TopicTest", 0, "later",
      "DELAY\x01"
      "1\x02");
  Next("TopicTest", 0);
  auto reply = Ask(protocol::MakeRequest(protocol::kGetAllDelayOffset));
  ASSERT_EQ(reply.command.code, 0);
  EXPECT_NE(reply.command.body.find("\"offsetTable\":{1:1}"), std::string::npos)
      << reply.command.body;
}

}  // namespace
}  // namespace rewindmq::broker
