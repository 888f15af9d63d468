#include "tests/unit/broker/handlers/broker_test_base.h"

namespace rewindmq::broker {
namespace {

using PullTest = BrokerTestBase;

TEST_F(PullTest, GivesRecordsAndTheNextOffset) {
  StartBroker();
  Put("TopicTest", 0, "one");
  Put("TopicTest", 0, "two");
  auto reply = Ask(PullRequestFor("CG", "TopicTest", 0, 0));
  EXPECT_EQ(reply.command.code, 0);
  EXPECT_EQ(reply.command.remark, "FOUND");
  EXPECT_EQ(Int64Of(reply, "nextBeginOffset"), 2);
  EXPECT_EQ(Int64Of(reply, "minOffset"), 0);
  EXPECT_EQ(Int64Of(reply, "maxOffset"), 2);
  EXPECT_NE(reply.command.body.find("two"), std::string::npos);
}

TEST_F(PullTest, CodesForEveryPlaceAConsumerMayAskFor) {
  StartBroker();
  Put("TopicTest", 0, "one");
  struct Case {
    int32_t queue_id;
    int64_t offset;
    int32_t code;
  };
  for (const Case& one : {Case{0, 1, 19}, Case{0, 5, 21}, Case{1, 0, 19}, Case{1, 3, 21}}) {
    auto reply = Ask(PullRequestFor("CG", "TopicTest", one.queue_id, one.offset));
    EXPECT_EQ(reply.command.code, one.code) << one.queue_id << " " << one.offset;
  }
}

TEST_F(PullTest, FiltersByTag) {
  StartBroker();
  Put("TopicTest", 0, "wanted", "TAGS\x01TagA\x02");
  Put("TopicTest", 0, "other", "TAGS\x01TagB\x02");
  auto reply = Ask(PullRequestFor("CG", "TopicTest", 0, 0, 0, "TagA || TagC"));
  EXPECT_EQ(reply.command.code, 0);
  EXPECT_NE(reply.command.body.find("wanted"), std::string::npos);
  EXPECT_EQ(reply.command.body.find("other"), std::string::npos);
  EXPECT_EQ(Int64Of(reply, "nextBeginOffset"), 2);
  EXPECT_EQ(Ask(PullRequestFor("CG", "TopicTest", 0, 0, 0, "None")).command.code, 20);
}

TEST_F(PullTest, AHeldPullIsAnsweredByTheNextMessage) {
  StartBroker();
  Put("TopicTest", 0, "one");
  std::promise<std::pair<int32_t, std::string>> answered;
  client_.Invoke(address_, PullRequestFor("CG", "TopicTest", 0, 1, 60'000), kTimeoutMs,
                 [&](Result<remoting::Reply> reply) {
                   answered.set_value({reply->command.code, std::string(reply->command.body)});
                 });
  // Another connection, so that this is served while the pull is held.
  remoting::Client other(&io_, nullptr);
  auto sent = other.InvokeSync(address_, SendRequestTo("TopicTest", 0, "late"), kTimeoutMs);
  ASSERT_TRUE(sent.ok());
  auto future = answered.get_future();
  ASSERT_EQ(future.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  auto [code, body] = future.get();
  EXPECT_EQ(code, 0);
  EXPECT_NE(body.find("late"), std::string::npos);
}

TEST_F(PullTest, AHeldPullEndsAfterItsTime) {
  StartBroker();
  Put("TopicTest", 0, "one");
  auto reply = Ask(PullRequestFor("CG", "TopicTest", 0, 1, 150));
  EXPECT_EQ(reply.command.code, 19);
  EXPECT_EQ(reply.command.remark, "OFFSET_OVERFLOW_ONE");
}

TEST_F(PullTest, BadPullsAreRefusedWithTheirReason) {
  StartBroker();
  Put("TopicTest", 0, "one");
  EXPECT_EQ(Ask(PullRequestFor("CG", "NoTopic", 0, 0)).command.code, 17);
  EXPECT_EQ(Ask(PullRequestFor("CG", "TopicTest", 44, 0)).command.code, 29);
  auto no_subscription = PullRequestFor("CG", "TopicTest", 0, 0);
  for (auto& [name, value] : no_subscription.fields) {
    if (name == "sysFlag") value = "0";
  }
  EXPECT_EQ(Ask(std::move(no_subscription)).command.code, 24);
  auto sql = PullRequestFor("CG", "TopicTest", 0, 0, 0, "a > 1").With("expressionType", "SQL92");
  EXPECT_EQ(Ask(std::move(sql)).command.code, 1);
  EXPECT_EQ(Ask(PullRequestFor("CG", "TopicTest", 0, 0, 0, "||")).command.code, 23);
}

}  // namespace
}  // namespace rewindmq::broker
