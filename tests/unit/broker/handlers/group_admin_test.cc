#include <atomic>

#include "broker/store/record.h"
#include "common/protocol/admin_bodies.h"
#include "common/protocol/subscription_group.h"
#include "common/protocol/topic_config.h"
#include "tests/unit/broker/handlers/broker_test_base.h"

namespace rewindmq::broker {
namespace {

using protocol::MakeRequest;
using protocol::MakeResponse;

class GroupAdminTest : public BrokerTestBase {
 protected:
  remoting::Reply Send(int32_t code, const std::string& body) {
    auto request = MakeRequest(code);
    request.body = body;
    return Ask(std::move(request));
  }
};

TEST_F(GroupAdminTest, TopicsAreMadeAsAListOrNotAtAll) {
  StartBroker();
  auto reply = Send(protocol::kUpdateAndCreateTopicList,
                    R"({"topicConfigList":[{"topicName":"A","readQueueNums":3},)"
                    R"({"topicName":"bad name"}]})");
  EXPECT_EQ(reply.command.code, protocol::kInvalidParameter);
  auto get = [&] {
    return Ask(MakeRequest(protocol::kGetTopicConfig).With("topic", std::string("A")));
  };
  EXPECT_EQ(get().command.code, protocol::kTopicNotExist);
  reply = Send(protocol::kUpdateAndCreateTopicList,
               R"({"topicConfigList":[{"topicName":"A","readQueueNums":3,"order":true,)"
               R"("attributes":{"+message.type":"FIFO"}},{"topicName":"B"}]})");
  ASSERT_EQ(reply.command.code, 0) << reply.command.remark;
  auto topic = protocol::DecodeTopicConfig(get().command.body);
  EXPECT_EQ(topic->read_queue_nums, 3);
  EXPECT_TRUE(topic->order);
  EXPECT_EQ(topic->attributes["message.type"], "FIFO");
}

TEST_F(GroupAdminTest, TopicsAreAskedForPageByPage) {
  StartBroker();
  auto all = Ask(MakeRequest(protocol::kGetAllTopicConfig));
  auto whole = protocol::DecodeTopicConfigTable(all.command.body);
  ASSERT_TRUE(whole.ok());
  std::string version = protocol::EncodeDataVersion(whole->data_version);
  std::map<std::string, protocol::TopicConfig> collected;
  int64_t total = Int64Of(all, "totalTopicNum");
  EXPECT_EQ(total, static_cast<int64_t>(whole->topics.size()));
  for (int64_t first = 0; first < total; first += 2) {
    auto page = Ask(MakeRequest(protocol::kGetAllTopicConfig)
                        .With("topicSeq", first)
                        .With("maxTopicNum", 2)
                        .With("dataVersion", version));
    auto table = protocol::DecodeTopicConfigTable(page.command.body);
    EXPECT_LE(table->topics.size(), 2U);
    collected.merge(table->topics);
  }
  EXPECT_EQ(collected, whole->topics);
  auto again = Ask(MakeRequest(protocol::kGetAllTopicConfig)
                       .With("topicSeq", total)
                       .With("maxTopicNum", 1000)
                       .With("dataVersion", std::string(R"({"counter":99,"timestamp":1})")));
  EXPECT_EQ(protocol::DecodeTopicConfigTable(again.command.body)->topics, whole->topics)
      << "another version starts at the front";
  auto negative = Ask(MakeRequest(protocol::kGetAllTopicConfig).With("topicSeq", -1));
  EXPECT_EQ(negative.command.code, protocol::kSystemError);
}

TEST_F(GroupAdminTest, GroupsAreMadeAsAListAndForbiddenToRead) {
  StartBroker();
  auto reply = Send(protocol::kUpdateAndCreateSubscriptionGroupList,
                    R"({"groupConfigList":[{"groupName":"G1"},{"groupName":"G2"}]})");
  ASSERT_EQ(reply.command.code, 0) << reply.command.remark;
  auto page = Ask(MakeRequest(protocol::kGetAllSubscriptionGroupConfig)
                      .With("groupSeq", 0)
                      .With("maxGroupNum", 1));
  EXPECT_EQ(protocol::DecodeSubscriptionGroupTable(page.command.body)->groups.size(), 1U);
  Put("TopicTest", 0, "x");
  auto forbid = [&](const std::string& readable) {
    auto request = MakeRequest(protocol::kUpdateAndGetGroupForbidden);
    request.With("group", std::string("G1")).With("topic", std::string("TopicTest"));
    if (!readable.empty()) request.With("readable", readable);
    return std::string(Ask(std::move(request)).command.body);
  };
  EXPECT_EQ(forbid(""), R"({"group":"G1","readable":true,"topic":"TopicTest"})");
  EXPECT_EQ(forbid("false"), R"({"group":"G1","readable":false,"topic":"TopicTest"})");
  EXPECT_EQ(Ask(PullRequestFor("G1", "TopicTest", 0, 0)).command.code, protocol::kNoPermission);
  EXPECT_EQ(Ask(PullRequestFor("G2", "TopicTest", 0, 0)).command.code, 0);
  forbid("true");
  EXPECT_EQ(Ask(PullRequestFor("G1", "TopicTest", 0, 0)).command.code, 0);
}

TEST_F(GroupAdminTest, QuestionsAreHandedOnToTheConsumer) {
  StartBroker();
  auto sent = Ask(SendRequestTo("TopicTest", 0, "the body"));
  std::string id(*sent.command.fields.Find("msgId"));
  remoting::Dispatcher asked;
  asked.Add(protocol::kConsumeMessageDirectly,
            [](const protocol::Command& request, const remoting::Responder& responder) {
              auto record = store::DecodeRecord(request.body, store::CrcCheck::kVerify);
              auto answer = MakeResponse(0);
              answer.body = record.ok() ? std::string(record->body) : "no record";
              answer.body += request.fields.Find("brokerName") == nullptr ? "" : " of a broker";
              responder.Send(std::move(answer));
            });
  asked.Add(protocol::kGetConsumerStatusFromClient,
            [](const protocol::Command&, const remoting::Responder& responder) {
              auto answer = MakeResponse(0);
              answer.body = R"({"messageQueueTable":{{"brokerName":"broker-a","queueId":0,)"
                            R"("topic":"TopicTest"}:5}})";
              responder.Send(std::move(answer));
            });
  remoting::Client consumer(&io_, &asked);
  JoinGroup(&consumer, "CG", "TopicTest", protocol::Language::kJava, protocol::kOwnVersion);
  auto directly = MakeRequest(protocol::kConsumeMessageDirectly);
  directly.With("consumerGroup", std::string("CG")).With("clientId", std::string("127.0.0.1@test"));
  auto reply = Ask(directly.With("msgId", id));
  EXPECT_EQ(reply.command.body, "the body of a broker");
  auto status = MakeRequest(protocol::kInvokeBrokerToGetConsumerStatus);
  status.With("group", std::string("CG")).With("topic", std::string("TopicTest"));
  reply = Ask(status);
  EXPECT_EQ(reply.command.body,
            R"({"consumerTable":{"127.0.0.1@test":{{"brokerName":"broker-a","queueId":0,)"
            R"("topic":"TopicTest"}:5}}})");
  auto nobody = MakeRequest(protocol::kGetConsumerRunningInfo);
  nobody.With("consumerGroup", std::string("CG")).With("clientId", std::string("other"));
  reply = Ask(std::move(nobody));
  EXPECT_EQ(reply.command.code, protocol::kSystemError);
  EXPECT_EQ(reply.command.remark, "The Consumer <CG> <other> not online");
  consumer.Stop();
}

TEST_F(GroupAdminTest, HeartbeatsMayLeaveSubscriptionsOut) {
  StartBroker();
  protocol::HeartbeatData heartbeat;
  heartbeat.client_id = "c1";
  heartbeat.heartbeat_fingerprint = 77;
  heartbeat.without_sub = true;
  protocol::ConsumerData consumer;
  consumer.group_name = "CG";
  heartbeat.consumers.push_back(consumer);
  auto beat = [&] {
    auto reply = Send(protocol::kHeartBeat, protocol::EncodeHeartbeatData(heartbeat));
    EXPECT_EQ(*reply.command.fields.Find("IS_SUPPORT_HEART_BEAT_V2"), "true");
    return std::string(*reply.command.fields.Find("IS_SUB_CHANGE"));
  };
  EXPECT_EQ(beat(), "true") << "the broker knows nothing of it";
  heartbeat.without_sub = false;
  heartbeat.consumers[0].subscriptions.resize(1);
  heartbeat.consumers[0].subscriptions[0].topic = "TopicTest";
  EXPECT_EQ(beat(), "false");
  heartbeat.without_sub = true;
  heartbeat.consumers[0].subscriptions.clear();
  EXPECT_EQ(beat(), "false");
  heartbeat.heartbeat_fingerprint = 78;
  EXPECT_EQ(beat(), "true");
}

}  // namespace
}  // namespace rewindmq::broker
