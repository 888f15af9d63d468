// What code 222 promises, asked of a whole broker.

#include <chrono>
#include <future>
#include <thread>

#include "common/base/bytes.h"
#include "common/protocol/offset_tables.h"
#include "tests/unit/broker/handlers/broker_test_base.h"

namespace rewindmq::broker {
namespace {

constexpr char kTopic[] = "TopicTest";
constexpr char kGroup[] = "CG";
constexpr int32_t kJava420 = 252;
constexpr int32_t kJava550 = 513;

class ResetTest : public BrokerTestBase {
 protected:
  // Ten messages in queue 0, all consumed.
  void Consumed() {
    for (int i = 0; i < 10; ++i) Put(kTopic, 0, std::to_string(i));
    Commit(kGroup, kTopic, 0, 10);
  }

  static protocol::Outgoing ResetRequestTo(int64_t timestamp_ms, bool force = true) {
    auto request = protocol::MakeRequest(protocol::kInvokeBrokerToResetOffset);
    request.With("topic", kTopic).With("group", kGroup).With("timestamp", timestamp_ms);
    request.With("isForce", force ? "true" : "false");
    return request;
  }

  protocol::ResetOffsetBody Reset(int64_t timestamp_ms, bool force = true) {
    auto reply = Ask(ResetRequestTo(timestamp_ms, force));
    EXPECT_EQ(reply.command.code, 0) << reply.command.remark;
    auto body = protocol::DecodeResetOffsetBody(reply.command.body);
    EXPECT_TRUE(body.ok());
    return *body;
  }

  int64_t StoreTimeOf(int64_t offset) {
    // The moment itself is read from the record: 56 bytes into it.
    auto reply = Ask(PullRequestFor("reader", kTopic, 0, offset));
    return LoadBe<int64_t>(reply.command.body.data() + 56);
  }
};

TEST_F(ResetTest, MovesAnOfflineGroupAndAnswersEveryQueue) {
  StartBroker();
  Consumed();
  auto plan = Reset(0);
  EXPECT_EQ(plan.size(), 4U) << "all queues that can be read";
  EXPECT_EQ((plan[{kTopic, "broker-a", 0}]), 0);
  EXPECT_EQ(Committed(kGroup, kTopic, 0), 0);
}

TEST_F(ResetTest, TakesTheFirstMessageStoredAtOrAfterTheTime) {
  StartBroker();
  for (int i = 0; i < 5; ++i) {
    Put(kTopic, 0, "early");
  }
  int64_t last_early = StoreTimeOf(4);
  while (SystemClock().WallMs() <= last_early) std::this_thread::yield();
  for (int i = 0; i < 5; ++i) Put(kTopic, 0, "late");
  Commit(kGroup, kTopic, 0, 10);
  int64_t first_late = StoreTimeOf(5);
  EXPECT_EQ((Reset(first_late)[{kTopic, "broker-a", 0}]), 5);
  EXPECT_EQ((Reset(last_early + 1)[{kTopic, "broker-a", 0}]), 5);
  EXPECT_EQ((Reset(first_late + 3'600'000)[{kTopic, "broker-a", 0}]), 10);
  EXPECT_EQ((Reset(-1)[{kTopic, "broker-a", 0}]), 10) << "negative means the end";
}

// What brokers before 5.1.1 would answer, by configuration only.
TEST_F(ResetTest, TheNearestMessageIsTakenWhereTheSettingSaysSo) {
  BrokerOptions options = Options();
  options.search_by_time = store::Boundary::kNearest;
  StartBroker(options);
  for (int i = 0; i < 3; ++i) Put(kTopic, 0, "x");
  Commit(kGroup, kTopic, 0, 3);
  int64_t last = StoreTimeOf(2);
  EXPECT_EQ((Reset(last + 3'600'000)[{kTopic, "broker-a", 0}]), 2) << "never the end";
  auto search = protocol::MakeRequest(protocol::kSearchOffsetByTimestamp);
  search.With("topic", kTopic).With("queueId", 0).With("timestamp", last + 3'600'000);
  auto named = search;
  EXPECT_EQ(Int64Of(Ask(std::move(search)), "offset"), 2);
  named.With("boundaryType", "lower");
  EXPECT_EQ(Int64Of(Ask(std::move(named)), "offset"), 3) << "who names a boundary gets it";
}

TEST_F(ResetTest, WithoutForceNothingUnreadIsSkipped) {
  StartBroker();
  for (int i = 0; i < 10; ++i) Put(kTopic, 0, "x");
  Commit(kGroup, kTopic, 0, 3);
  EXPECT_EQ((Reset(-1, false)[{kTopic, "broker-a", 0}]), 3);
  EXPECT_EQ(Committed(kGroup, kTopic, 0), 3);
  EXPECT_EQ((Reset(-1, true)[{kTopic, "broker-a", 0}]), 10);
}

TEST_F(ResetTest, OldCommitsAreIgnoredUntilTheNewOffsetWasPulled) {
  StartBroker();
  Consumed();
  Reset(0);
  Commit(kGroup, kTopic, 0, 10);
  EXPECT_EQ(Committed(kGroup, kTopic, 0), 0);
  auto moved = Ask(PullRequestFor(kGroup, kTopic, 0, 10));
  EXPECT_EQ(moved.command.code, 21);
  EXPECT_EQ(moved.command.remark, "OFFSET_RESET");
  EXPECT_EQ(Int64Of(moved, "nextBeginOffset"), 0);
  EXPECT_EQ(Ask(PullRequestFor(kGroup, kTopic, 0, 0)).command.code, 0);
  Commit(kGroup, kTopic, 0, 7);
  EXPECT_EQ(Committed(kGroup, kTopic, 0), 7);
  EXPECT_EQ(Ask(PullRequestFor(kGroup, kTopic, 0, 10)).command.code, 19) << "told once";
}

TEST_F(ResetTest, HoldsAfterARestart) {
  BrokerOptions options = Options();
  StartBroker(options);
  Consumed();
  Reset(0);
  broker_.reset();
  client_.Disconnect(address_);
  StartBroker(options);
  EXPECT_EQ(Committed(kGroup, kTopic, 0), 0);
  Commit(kGroup, kTopic, 0, 10);
  EXPECT_EQ(Committed(kGroup, kTopic, 0), 0) << "the reset is still to be followed";
  EXPECT_EQ(Ask(PullRequestFor(kGroup, kTopic, 0, 10)).command.code, 21);
}

TEST_F(ResetTest, AHeldPullIsWokenAtOnce) {
  StartBroker();
  Consumed();
  std::promise<int32_t> answered;
  client_.Invoke(address_, PullRequestFor(kGroup, kTopic, 0, 10, 60'000), kTimeoutMs,
                 [&](Result<remoting::Reply> reply) {
                   answered.set_value(reply.ok() ? reply->command.code : -1);
                 });
  remoting::Client admin(&io_, nullptr);
  ASSERT_TRUE(admin.InvokeSync(address_, ResetRequestTo(0), kTimeoutMs).ok());
  auto future = answered.get_future();
  ASSERT_EQ(future.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_EQ(future.get(), 21);
}

// A 4.2.0 consumer follows "offset moved" only after 34 s, and the notice after 10 s.
TEST_F(ResetTest, OldJavaConsumersAreToldByNoticeAndOthersByTheirNextPull) {
  StartBroker();
  Consumed();
  std::promise<std::string> told;
  remoting::Dispatcher consumer;
  consumer.Add(protocol::kNotifyConsumerIdsChanged, [](const auto&, const auto&) {});
  consumer.Add(protocol::kResetConsumerClientOffset,
               [&](const protocol::Command& command, const auto&) {
                 told.set_value(std::string(command.body));
               });
  remoting::Client old_java(&io_, &consumer);
  JoinGroup(&old_java, kGroup, kTopic, protocol::Language::kJava, kJava420);
  Reset(0);
  auto future = told.get_future();
  ASSERT_EQ(future.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_NE(future.get().find(R"({"brokerName":"broker-a","queueId":0,"topic":"TopicTest"}:0)"),
            std::string::npos);
  auto pull = old_java.InvokeSync(address_, PullRequestFor(kGroup, kTopic, 0, 10), kTimeoutMs);
  EXPECT_EQ(pull->command.code, 19) << "it is at work on the notice already";
  auto new_java = client_.InvokeSync(address_, PullRequestFor(kGroup, kTopic, 0, 10), kTimeoutMs);
  EXPECT_EQ(new_java->command.code, 21) << "a connection without notice learns by its pull";
}

// Once an endless recursion: the woken pull was held and woken again.
TEST_F(ResetTest, AHeldPullOfAConsumerThatWasToldByNoticeIsHeldOn) {
  StartBroker();
  Consumed();
  remoting::Dispatcher consumer;
  consumer.Add(protocol::kNotifyConsumerIdsChanged, [](const auto&, const auto&) {});
  consumer.Add(protocol::kResetConsumerClientOffset, [](const auto&, const auto&) {});
  remoting::Client old_java(&io_, &consumer);
  JoinGroup(&old_java, kGroup, kTopic, protocol::Language::kJava, kJava420);
  std::promise<int32_t> answered;
  old_java.Invoke(address_, PullRequestFor(kGroup, kTopic, 0, 10, 300), kTimeoutMs,
                  [&](Result<remoting::Reply> reply) {
                    answered.set_value(reply.ok() ? reply->command.code : -1);
                  });
  Reset(0);
  EXPECT_EQ(answered.get_future().get(), 19) << "nothing new, at the end of its time";
  EXPECT_EQ(Committed(kGroup, kTopic, 0), 0);
}

TEST(HowToTell, DependsOnLanguageVersionAndKind) {
  using protocol::ConsumeType;
  using protocol::Language;
  using protocol::MessageModel;
  auto how = [](Language language, int32_t version, ConsumeType type,
                MessageModel model = MessageModel::kClustering) {
    ConsumerClient client;
    client.language = language;
    client.version = version;
    return HowToTell(client, type, model);
  };
  EXPECT_EQ(how(Language::kJava, kJava420, ConsumeType::kPassively), ResetTold::kByMapBody);
  EXPECT_EQ(how(Language::kJava, kJava550, ConsumeType::kPassively), ResetTold::kAtNextPull);
  EXPECT_EQ(how(Language::kJava, kJava420, ConsumeType::kActively), ResetTold::kAtNextPull);
  EXPECT_EQ(how(Language::kJava, 20, ConsumeType::kPassively), ResetTold::kAtNextPull);
  constexpr int32_t kAliOns = 121;
  EXPECT_EQ(how(Language::kJava, kAliOns, ConsumeType::kPassively), ResetTold::kAtNextPull);
  EXPECT_EQ(how(Language::kCpp, 300, ConsumeType::kPassively), ResetTold::kByListBody);
  EXPECT_EQ(how(Language::kGo, 300, ConsumeType::kPassively), ResetTold::kAtNextPull);
  constexpr auto kOwn = MessageModel::kBroadcasting;
  EXPECT_EQ(how(Language::kJava, kJava420, ConsumeType::kPassively, kOwn), ResetTold::kByRedirect);
  EXPECT_EQ(how(Language::kJava, 409, ConsumeType::kPassively, kOwn), ResetTold::kByMapBody);
  EXPECT_EQ(how(Language::kJava, 413, ConsumeType::kPassively, kOwn), ResetTold::kByRedirect);
  EXPECT_EQ(how(Language::kJava, kJava550, ConsumeType::kPassively, kOwn), ResetTold::kAtNextPull);
}

TEST_F(ResetTest, BadRequestsChangeNothingAndSayWhy) {
  StartBroker();
  Consumed();
  auto with = [](const std::string& name, const std::string& value) {
    auto request = ResetRequestTo(0);
    for (auto& field : request.fields) {
      if (field.first == name) field.second = value;
    }
    return request;
  };
  EXPECT_EQ(Ask(with("topic", "NoTopic")).command.code, 17);
  EXPECT_EQ(Ask(with("group", "NoGroup")).command.code, 26);
  EXPECT_EQ(Ask(with("timestamp", "yesterday")).command.code, 1);
  auto bad_queue = ResetRequestTo(0).With("queueId", 99);
  EXPECT_EQ(Ask(std::move(bad_queue)).command.code, 1);
  auto beyond = ResetRequestTo(0).With("queueId", 0).With("offset", 11);
  auto reply = Ask(std::move(beyond));
  EXPECT_EQ(reply.command.code, 1);
  EXPECT_EQ(reply.command.remark, "Target offset 11 not in consume queue range [0-10]");
  EXPECT_EQ(Committed(kGroup, kTopic, 0), 10);
}

}  // namespace
}  // namespace rewindmq::broker
