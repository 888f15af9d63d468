// Consumers that filter by a selector, over the wire.

#include "common/protocol/heartbeat.h"
#include "tests/unit/broker/handlers/broker_test_base.h"

namespace rewindmq::broker {
namespace {

class SqlPullTest : public BrokerTestBase {
 protected:
  void StartFiltering(bool enabled = true) {
    BrokerOptions options = Options();
    options.property_filter = enabled;
    StartBroker(options);
  }
  static protocol::Outgoing SqlPull(int64_t offset, const std::string& selector,
                                    int64_t suspend_ms = 0) {
    return PullRequestFor("CG", "T", 0, offset, suspend_ms, selector)
        .With("expressionType", "SQL92");
  }
  void Heartbeat(const std::string& selector, int64_t version) {
    protocol::HeartbeatData heartbeat;
    heartbeat.client_id = "127.0.0.1@test";
    protocol::ConsumerData consumer;
    consumer.group_name = "CG";
    protocol::SubscriptionData subscription;
    subscription.topic = "T";
    subscription.sub_string = selector;
    subscription.expression_type = protocol::kSql92Expression;
    subscription.sub_version = version;
    consumer.subscriptions.push_back(subscription);
    heartbeat.consumers.push_back(consumer);
    auto request = protocol::MakeRequest(protocol::kHeartBeat);
    request.body = protocol::EncodeHeartbeatData(heartbeat);
    EXPECT_EQ(Ask(std::move(request)).command.code, 0);
  }
  // A pull by the subscription of the group's heartbeat.
  remoting::Reply PullAsGroup(int64_t offset, int64_t version) {
    auto request = protocol::MakeRequest(protocol::kPullMessage);
    request.With("consumerGroup", "CG").With("topic", "T").With("queueId", 0);
    request.With("queueOffset", offset).With("maxMsgNums", 32).With("sysFlag", 0);
    request.With("commitOffset", 0).With("suspendTimeoutMillis", 0).With("subVersion", version);
    return Ask(std::move(request));
  }
  remoting::Reply Check(const std::string& type, const std::string& selector) {
    protocol::SubscriptionData subscription;
    subscription.topic = "T";
    subscription.sub_string = selector;
    subscription.expression_type = type;
    auto request = protocol::MakeRequest(protocol::kCheckClientConfig);
    request.body = R"({"clientId":"c","group":"CG","subscriptionData":)" +
                   protocol::EncodeSubscriptionData(subscription) + "}";
    return Ask(std::move(request));
  }
};

TEST_F(SqlPullTest, GivesWhatMatchesAndMovesOnOverTheRest) {
  StartFiltering();
  Put("T", 0, "small",
      "a\x01"
      "1\x02");
  Put("T", 0, "large",
      "a\x01"
      "9\x02");
  Put("T", 0, "none",
      "b\x01"
      "9\x02");
  auto reply = Ask(SqlPull(0, "a > 5"));
  EXPECT_EQ(reply.command.code, 0) << reply.command.remark;
  EXPECT_NE(reply.command.body.find("large"), std::string::npos);
  EXPECT_EQ(reply.command.body.find("small"), std::string::npos);
  EXPECT_EQ(Int64Of(reply, "nextBeginOffset"), 3);
  reply = Ask(SqlPull(0, "a > 50"));
  EXPECT_EQ(reply.command.code, 20);
  EXPECT_EQ(Int64Of(reply, "nextBeginOffset"), 3);
}

TEST_F(SqlPullTest, RefusesWhatItCannotServe) {
  StartFiltering();
  Put("T", 0, "one");
  EXPECT_EQ(Ask(SqlPull(0, "a >")).command.code, 23);
  EXPECT_EQ(Ask(SqlPull(0, "")).command.code, 23);
  auto other = PullRequestFor("CG", "T", 0, 0).With("expressionType", "XPATH");
  EXPECT_EQ(Ask(std::move(other)).command.code, 1);
}

TEST_F(SqlPullTest, IsOffUnlessItIsConfigured) {
  StartFiltering(false);
  Put("T", 0, "one");
  auto reply = Ask(SqlPull(0, "a > 5"));
  EXPECT_EQ(reply.command.code, 1);
  EXPECT_EQ(reply.command.remark,
            "The broker does not support consumer to filter message by SQL92");
  EXPECT_EQ(Check("SQL92", "a > 5").command.code, 1);
  EXPECT_EQ(Check("TAG", "*").command.code, 0);
  Heartbeat("a > 5", 1);
  EXPECT_EQ(PullAsGroup(0, 1).command.code, 1);
}

TEST_F(SqlPullTest, ChecksASubscriptionBeforeItIsUsed) {
  StartFiltering();
  EXPECT_EQ(Check("SQL92", "a > 5").command.code, 0);
  auto refused = Check("SQL92", "a >");
  EXPECT_EQ(refused.command.code, 23);
  EXPECT_NE(refused.command.remark.find("position 4"), std::string::npos) << refused.command.remark;
}

TEST_F(SqlPullTest, FollowsTheGroupsHeartbeat) {
  StartFiltering();
  Put("T", 0, "small",
      "a\x01"
      "1\x02");
  Put("T", 0, "large",
      "a\x01"
      "9\x02");
  Heartbeat("a > 5", 1);
  auto reply = PullAsGroup(0, 1);
  EXPECT_EQ(reply.command.code, 0) << reply.command.remark;
  EXPECT_EQ(reply.command.body.find("small"), std::string::npos);
  EXPECT_EQ(PullAsGroup(0, 2).command.code, 25);
  Heartbeat("a >", 3);
  EXPECT_EQ(PullAsGroup(0, 3).command.code, 27);
}

TEST_F(SqlPullTest, AHeldPullSleepsOverWhatItDoesNotWant) {
  StartFiltering();
  Put("T", 0, "first",
      "a\x01"
      "1\x02");
  std::promise<std::pair<int32_t, std::string>> answered;
  client_.Invoke(address_, SqlPull(1, "a > 5", 60'000), kTimeoutMs,
                 [&](Result<remoting::Reply> reply) {
                   answered.set_value({reply->command.code, std::string(reply->command.body)});
                 });
  remoting::Client other(&io_, nullptr);
  for (const char* value : {"2", "3", "9"}) {
    auto sent = other.InvokeSync(
        address_,
        SendRequestTo("T", 0, std::string("body") + value, std::string("a\x01") + value + "\x02"),
        kTimeoutMs);
    ASSERT_TRUE(sent.ok());
  }
  auto future = answered.get_future();
  ASSERT_EQ(future.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  auto [code, body] = future.get();
  EXPECT_EQ(code, 0);
  EXPECT_NE(body.find("body9"), std::string::npos);
  EXPECT_EQ(body.find("body3"), std::string::npos);
}

}  // namespace
}  // namespace rewindmq::broker
