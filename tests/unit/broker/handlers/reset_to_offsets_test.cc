// Code 30001 and the additions to 222, asked of a whole broker.

#include <filesystem>

#include "common/protocol/offset_tables.h"
#include "common/protocol/topic_names.h"
#include "tests/unit/broker/handlers/broker_test_base.h"

namespace rewindmq::broker {
namespace {

constexpr char kTopic[] = "TopicTest";
constexpr char kGroup[] = "CG";
constexpr char kRetry[] = "%RETRY%CG";

class ResetToOffsetsTest : public BrokerTestBase {
 protected:
  // Ten consumed messages in each of the queues 0 and 1, and five in the retry topic.
  void Consumed() {
    StartBroker();
    for (int i = 0; i < 10; ++i) {
      Put(kTopic, 0, "x");
      Put(kTopic, 1, "x");
    }
    auto topic = protocol::MakeRequest(protocol::kUpdateAndCreateTopic);
    topic.With("topic", kRetry).With("readQueueNums", 1).With("writeQueueNums", 1).With("perm", 6);
    topic.With("defaultTopic", "TBW102").With("topicFilterType", "SINGLE_TAG");
    topic.With("topicSysFlag", 0).With("order", "false");
    ASSERT_EQ(Ask(std::move(topic)).command.code, 0);
    for (int i = 0; i < 5; ++i) Put(kRetry, 0, "again");
    Commit(kGroup, kTopic, 0, 10);
    Commit(kGroup, kTopic, 1, 10);
    Commit(kGroup, kRetry, 0, 5);
  }

  static protocol::Outgoing Named(const std::string& body) {
    auto request = protocol::MakeRequest(protocol::kResetToOffsets);
    request.With("topic", kTopic).With("group", kGroup);
    request.body = body;
    return request;
  }
  static protocol::Outgoing Named(const protocol::ResetOffsetBody& offsets) {
    return Named(protocol::EncodeResetOffsetBody(offsets));
  }
  void Refuses(protocol::Outgoing request, int32_t code, const std::string& remark) {
    auto reply = Ask(std::move(request));
    EXPECT_EQ(reply.command.code, code);
    EXPECT_EQ(reply.command.remark, remark);
    EXPECT_EQ(Committed(kGroup, kTopic, 0), 10) << "nothing may have moved";
    EXPECT_EQ(Committed(kGroup, kTopic, 1), 10);
  }
};

TEST_F(ResetToOffsetsTest, MovesWhatIsNamedAndNothingElse) {
  Consumed();
  auto reply = Ask(Named({{{kTopic, "broker-a", 0}, 3}, {{kRetry, "", 0}, 2}}));
  ASSERT_EQ(reply.command.code, 0) << reply.command.remark;
  EXPECT_EQ(reply.command.remark, "no client of the group is connected");
  auto rows = protocol::DecodeResetOffsetBody(reply.command.body);
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ(*rows, (protocol::ResetOffsetBody{{{kTopic, "broker-a", 0}, 3},
                                              {{kRetry, "broker-a", 0}, 2}}));
  EXPECT_EQ(Committed(kGroup, kTopic, 0), 3);
  EXPECT_EQ(Committed(kGroup, kTopic, 1), 10);
  EXPECT_EQ(Committed(kGroup, kRetry, 0), 2);
  Commit(kGroup, kRetry, 0, 5);
  EXPECT_EQ(Committed(kGroup, kRetry, 0), 2) << "until it has been pulled from there";
  auto moved = Ask(PullRequestFor(kGroup, kTopic, 0, 10));
  EXPECT_EQ(moved.command.code, 21);
  EXPECT_EQ(Int64Of(moved, "nextBeginOffset"), 3);
}

TEST_F(ResetToOffsetsTest, TheEndsOfAQueueMayBeNamed) {
  Consumed();
  EXPECT_EQ(Ask(Named({{{kTopic, "broker-a", 0}, 0}, {{kTopic, "broker-a", 1}, 10}})).command.code,
            0);
  EXPECT_EQ(Committed(kGroup, kTopic, 0), 0);
  EXPECT_EQ(Committed(kGroup, kTopic, 1), 10);
}

TEST_F(ResetToOffsetsTest, OneWrongEntryMovesNothing) {
  Consumed();
  protocol::MessageQueue good{kTopic, "broker-a", 0};
  auto with = [&](const protocol::MessageQueue& queue, int64_t offset) {
    return Named({{good, 3}, {queue, offset}});
  };
  Refuses(with({kTopic, "broker-a", 1}, 11), 1,
          "offset 11 of queue 1 of topic TopicTest is outside of the queue's 0 to 10");
  Refuses(with({kTopic, "broker-a", 1}, -1), 1,
          "offset -1 of queue 1 of topic TopicTest is outside of the queue's 0 to 10");
  Refuses(with({kTopic, "broker-a", 4}, 0), 1,
          "queue 4 of topic TopicTest does not exist: the topic's queues are 0 to 3");
  Refuses(with({kTopic, "broker-b", 1}, 0), 1,
          "queue 1 of topic TopicTest is named at broker broker-b; this one is broker-a");
  Refuses(with({"%RETRY%Other", "broker-a", 0}, 0), 1,
          "queue 0 of topic %RETRY%Other is neither of topic TopicTest nor of the retry topic "
          "%RETRY%CG of group CG");
}

TEST_F(ResetToOffsetsTest, UnreadableBodiesAndUnknownNamesAreNamed) {
  Consumed();
  Refuses(Named(protocol::ResetOffsetBody{}), 1,
          "the body names no queue; its offsetTable is empty");
  EXPECT_EQ(Ask(Named("{\"offsetTable\":3}")).command.code, 1);
  EXPECT_EQ(Ask(Named("garbage")).command.code, 1);
  EXPECT_EQ(Ask(Named(std::string(5 << 20, ' '))).command.code, 1);
  protocol::ResetOffsetBody many;
  for (int32_t i = 0; i < 10'001; ++i) many[{kTopic, "", i}] = 0;
  Refuses(Named(many), 1, "the body names 10001 queues; at most 10000 go in one request");
  auto unknown = protocol::MakeRequest(protocol::kResetToOffsets);
  unknown.With("topic", "NoTopic").With("group", kGroup);
  Refuses(std::move(unknown), 17, "Topic NoTopic does not exist");
  unknown = protocol::MakeRequest(protocol::kResetToOffsets);
  unknown.With("topic", kTopic).With("group", "NoGroup");
  Refuses(std::move(unknown), 26, "Group NoGroup does not exist");
}

TEST_F(ResetToOffsetsTest, AResetByTimeTakesTheRetryTopicAlong) {
  Consumed();
  auto request = protocol::MakeRequest(protocol::kInvokeBrokerToResetOffset);
  request.With("topic", kTopic).With("group", kGroup).With("timestamp", 0);
  request.With("isForce", "true").With("resetRetryTopic", "true");
  auto reply = Ask(std::move(request));
  ASSERT_EQ(reply.command.code, 0) << reply.command.remark;
  auto rows = protocol::DecodeResetOffsetBody(reply.command.body);
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ((rows->at({kRetry, "broker-a", 0})), 0);
  EXPECT_EQ(rows->size(), 5U);
  EXPECT_EQ(Committed(kGroup, kRetry, 0), 0);
  EXPECT_EQ(Ask(PullRequestFor(kGroup, kRetry, 0, 5)).command.code, 21);
  auto one_queue = protocol::MakeRequest(protocol::kInvokeBrokerToResetOffset);
  one_queue.With("topic", kTopic).With("group", kGroup).With("timestamp", 0).With("queueId", 0);
  one_queue.With("isForce", "true").With("resetRetryTopic", "true");
  EXPECT_EQ(Ask(std::move(one_queue)).command.code, 1);
}

TEST_F(ResetToOffsetsTest, WithoutTheFieldTheRetryTopicStays) {
  Consumed();
  auto request = protocol::MakeRequest(protocol::kInvokeBrokerToResetOffset);
  request.With("topic", kTopic).With("group", kGroup).With("timestamp", 0).With("isForce", "true");
  ASSERT_EQ(Ask(std::move(request)).command.code, 0);
  EXPECT_EQ(Committed(kGroup, kRetry, 0), 5);
}

// A reset that nobody followed must not meet a group or a topic of the same name later.
TEST_F(ResetToOffsetsTest, DoesNotComeBackWithAGroupThatIsMadeAgain) {
  Consumed();
  ASSERT_EQ(Ask(Named({{{kTopic, "broker-a", 0}, 3}})).command.code, 0);
  auto remove = protocol::MakeRequest(protocol::kDeleteSubscriptionGroup);
  ASSERT_EQ(Ask(std::move(remove.With("groupName", kGroup))).command.code, 0);
  // What a kill would leave.
  std::string copy = directory_ + "/copy";
  std::filesystem::copy(directory_ + "/store/config", copy);
  auto offsets = OffsetTable::Load(copy);
  ASSERT_TRUE(offsets.ok());
  EXPECT_FALSE((*offsets)->AnyReset());
  Commit(kGroup, kTopic, 0, 10);
  EXPECT_EQ(Committed(kGroup, kTopic, 0), 10);
  EXPECT_EQ(Ask(PullRequestFor(kGroup, kTopic, 0, 10)).command.code, 19);
}

}  // namespace
}  // namespace rewindmq::broker
