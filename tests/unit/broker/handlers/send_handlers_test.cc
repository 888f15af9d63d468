#include "common/base/bytes.h"
#include "tests/unit/broker/handlers/broker_test_base.h"

namespace rewindmq::broker {
namespace {

using SendTest = BrokerTestBase;

TEST_F(SendTest, AnswersTheFieldsThatEveryClientReads) {
  StartBroker();
  auto reply = Ask(SendRequestTo("TopicTest", 1, "Hello",
                                 "UNIQ_KEY\x01"
                                 "ABC\x02"));
  EXPECT_EQ(reply.command.code, 0);
  EXPECT_EQ(Int64Of(reply, "queueId"), 1);
  EXPECT_EQ(Int64Of(reply, "queueOffset"), 0);
  EXPECT_EQ(*reply.command.fields.Find("MSG_REGION"), "DefaultRegion");
  EXPECT_EQ(*reply.command.fields.Find("TRACE_ON"), "true");
  EXPECT_EQ(*reply.command.fields.Find("transactionId"), "ABC");
  // Host 127.0.0.1 and port, then the physical offset.
  EXPECT_EQ(reply.command.fields.Find("msgId")->substr(0, 8), "7F000001");
  EXPECT_EQ(reply.command.fields.Find("msgId")->size(), 32U);
}

TEST_F(SendTest, OffsetsCountUpInEachQueue) {
  StartBroker();
  EXPECT_EQ(Put("TopicTest", 0, "a"), 0);
  EXPECT_EQ(Put("TopicTest", 0, "b"), 1);
  EXPECT_EQ(Put("TopicTest", 3, "c"), 0);
}

TEST_F(SendTest, BadSendsAreRefusedWithTheirReason) {
  StartBroker();
  Put("TopicTest", 0, "makes the topic");
  struct Case {
    protocol::Outgoing request;
    int32_t code;
    std::string remark;
  };
  auto missing = SendRequestTo("TopicTest", 0, "x");
  missing.fields.erase(missing.fields.begin() + 1);
  auto unknown_parent = SendRequestTo("Other", 0, "x");
  unknown_parent.fields[2].second = "NoSuchDefault";
  for (auto& [request, code, remark] : std::vector<Case>{
           {std::move(missing), 1, "<b> is null"},
           {std::move(unknown_parent), 17, "topic[Other] not exist, apply first please!"},
           {SendRequestTo("TopicTest", 99, "x"), 29, "queueId[99] is illegal"},
           {SendRequestTo("TBW102", 0, "x"), 1, "conflict with system reserved words"},
           {SendRequestTo("../etc", 0, "x"), 29, "illegal characters"},
           {SendRequestTo("TopicTest", 0, "x", "DELAY\x01soon\x02"), 13, "delay level"},
           {SendRequestTo("TopicTest", 0, "x", std::string(40'000, 'p')), 13, ""},
       }) {
    auto reply = Ask(std::move(request));
    EXPECT_EQ(reply.command.code, code) << reply.command.remark;
    EXPECT_NE(reply.command.remark.find(remark), std::string::npos) << reply.command.remark;
  }
  EXPECT_EQ(Put("TopicTest", 0, "still serving"), 1) << "nothing of the refused was stored";
}

TEST_F(SendTest, TopicsAreNotMadeWhenThatIsSwitchedOff) {
  BrokerOptions options = Options();
  options.auto_create_topic = false;
  StartBroker(options);
  EXPECT_EQ(Ask(SendRequestTo("TopicTest", 0, "x")).command.code, 17);
}

TEST_F(SendTest, AcknowledgedMessagesSurviveARestart) {
  BrokerOptions options = Options();
  StartBroker(options);
  Put("TopicTest", 0, "first");
  broker_.reset();
  StartBroker(options);
  client_.Disconnect(address_);
  EXPECT_EQ(Put("TopicTest", 0, "second"), 1);
  auto reply = Ask(PullRequestFor("CG", "TopicTest", 0, 0));
  EXPECT_EQ(reply.command.code, 0);
  EXPECT_NE(reply.command.body.find("first"), std::string::npos);
  EXPECT_NE(reply.command.body.find("second"), std::string::npos);
}

TEST_F(SendTest, SyncFlushAnswersWhenTheMessageIsOnDisk) {
  BrokerOptions options = Options();
  options.store.flush_mode = store::FlushMode::kSync;
  StartBroker(options);
  EXPECT_EQ(Put("TopicTest", 0, "durable"), 0);
}

TEST_F(SendTest, ABatchGetsConsecutiveOffsets) {
  StartBroker();
  std::string body;
  for (std::string_view text : {"one", "two"}) {
    std::string properties = "TAGS\x01TagA\x02";
    AppendBe<int32_t>(&body, static_cast<int32_t>(22 + text.size() + properties.size()));
    AppendBe<int32_t>(&body, 0);
    AppendBe<int32_t>(&body, 0);
    AppendBe<int32_t>(&body, 0);
    AppendBe<int32_t>(&body, static_cast<int32_t>(text.size()));
    body += text;
    AppendBe<int16_t>(&body, static_cast<int16_t>(properties.size()));
    body += properties;
  }
  auto request = SendRequestTo("TopicTest", 0, body);
  request.code = protocol::kSendBatchMessage;
  auto reply = Ask(std::move(request));
  ASSERT_EQ(reply.command.code, 0) << reply.command.remark;
  EXPECT_EQ(Int64Of(reply, "queueOffset"), 0);
  EXPECT_EQ(reply.command.fields.Find("msgId")->size(), 65U) << "two ids and a comma";
  EXPECT_EQ(Put("TopicTest", 0, "three"), 2);
}

}  // namespace
}  // namespace rewindmq::broker
