// How each kind of client is brought to follow a reset, asked of a whole broker.

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>
#include <vector>

#include "common/base/file.h"
#include "common/protocol/offset_tables.h"
#include "tests/unit/broker/handlers/broker_test_base.h"

namespace rewindmq::broker {
namespace {

using protocol::ConsumeType;
using protocol::Language;
using protocol::MessageModel;

constexpr char kTopic[] = "TopicTest";
constexpr char kGroup[] = "BG";
constexpr int32_t kJava420 = 252;
constexpr int32_t kJava550 = 513;
constexpr int32_t kOldest = 20;

struct Kind {
  Language language = Language::kJava;
  int32_t version = kJava550;
  MessageModel model = MessageModel::kBroadcasting;
  ConsumeType type = ConsumeType::kPassively;
};

// One connected client, and the notices it has been sent.
class Client {
 public:
  explicit Client(std::string id) : id_(std::move(id)), client_(&io_, &dispatcher_) {
    dispatcher_.Add(protocol::kNotifyConsumerIdsChanged, [](const auto&, const auto&) {});
    dispatcher_.Add(protocol::kResetConsumerClientOffset,
                    [this](const protocol::Command& command, const auto&) {
                      std::lock_guard lock(mutex_);
                      notices_.emplace_back(command.body);
                      changed_.notify_all();
                    });
  }
  ~Client() { client_.Stop(); }

  // Without a heartbeat.
  void Connect(const std::string& address) { address_ = address; }
  void Join(const std::string& address, Kind kind) {
    Connect(address);
    protocol::HeartbeatData heartbeat;
    heartbeat.client_id = id_;
    protocol::ConsumerData consumer;
    consumer.group_name = kGroup;
    consumer.message_model = kind.model;
    consumer.consume_type = kind.type;
    protocol::SubscriptionData subscription;
    subscription.topic = kTopic;
    subscription.sub_string = "*";
    consumer.subscriptions.push_back(subscription);
    heartbeat.consumers.push_back(consumer);
    auto request = protocol::MakeRequest(protocol::kHeartBeat);
    request.language = kind.language;
    request.version = kind.version;
    request.body = protocol::EncodeHeartbeatData(heartbeat);
    EXPECT_EQ(Ask(std::move(request)).command.code, 0);
  }

  remoting::Reply Ask(protocol::Outgoing request) {
    auto reply = client_.InvokeSync(address_, std::move(request), 10'000);
    EXPECT_TRUE(reply.ok()) << reply.status().ToString();
    return reply.ok() ? std::move(*reply) : remoting::Reply();
  }

  void Tell(protocol::Outgoing request) { client_.InvokeOneway(address_, std::move(request)); }

  // The first notice; empty when none has come in time.
  std::string WaitNotice() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(10), [&] { return !notices_.empty(); });
    return notices_.empty() ? "" : notices_.front();
  }
  size_t notices() {
    std::lock_guard lock(mutex_);
    return notices_.size();
  }

 private:
  const std::string id_;
  std::string address_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> notices_;
  remoting::Dispatcher dispatcher_;
  remoting::IoThreads io_{1};
  remoting::Client client_;
};

class ResetMembersTest : public BrokerTestBase {
 protected:
  void Filled() {
    StartBroker(options_);
    for (int i = 0; i < 10; ++i) Put(kTopic, 0, "x");
  }

  // All of queue 0 to offset 3; the remark.
  std::string Reset(Language asker = Language::kOther, int64_t offset = 3) {
    auto request = protocol::MakeRequest(protocol::kResetToOffsets);
    request.language = asker;
    request.With("topic", kTopic).With("group", kGroup);
    request.body = protocol::EncodeResetOffsetBody({{{kTopic, "broker-a", 0}, offset}});
    auto reply = Ask(std::move(request));
    EXPECT_EQ(reply.command.code, 0) << reply.command.remark;
    return std::string(reply.command.remark);
  }

  int32_t Pull(Client* client, int64_t offset) {
    return client->Ask(PullRequestFor(kGroup, kTopic, 0, offset)).command.code;
  }

  // As consumers do every few seconds: nobody waits for an answer. Returns when it is handled.
  static void CommitOneway(Client* client, int64_t offset) {
    auto request = protocol::MakeRequest(protocol::kUpdateConsumerOffset);
    request.With("consumerGroup", kGroup).With("topic", kTopic);
    request.With("queueId", 0).With("commitOffset", offset);
    client->Tell(std::move(request));
    // Whatever it is: frames of one connection are handled in their order.
    client->Ask(protocol::MakeRequest(protocol::kGetBrokerConfig));
  }

  BrokerOptions options_ = Options();
};

TEST_F(ResetMembersTest, EveryMemberOfABroadcastingGroupIsResetAndNobodyElse) {
  Filled();
  Client a("a"), b("b"), c("c"), late("late");
  for (Client* one : {&a, &b, &c}) one->Join(address_, {});
  EXPECT_EQ(Reset(), "at their next pull: a (JAVA 513), b (JAVA 513), c (JAVA 513)");
  late.Join(address_, {});
  EXPECT_EQ(Pull(&late, 10), 19) << "it was not there";
  for (Client* one : {&a, &b, &c}) {
    EXPECT_EQ(Pull(one, 10), 21);
    EXPECT_EQ(Pull(one, 3), 0);
    EXPECT_EQ(Pull(one, 10), 19) << "it has followed";
  }
  EXPECT_EQ(Committed(kGroup, kTopic, 0), -1) << "the group itself has no offsets";
}

TEST_F(ResetMembersTest, AMemberIsResetAfterARestartToo) {
  Filled();
  {
    Client a("a"), b("b");
    a.Join(address_, {});
    b.Join(address_, {});
    Reset();
    EXPECT_EQ(Pull(&a, 3), 0);
  }
  broker_.reset();
  client_.Disconnect(address_);
  StartBroker(options_);
  Client a("a"), b("b");
  a.Join(address_, {});
  b.Join(address_, {});
  EXPECT_EQ(Pull(&b, 10), 21);
  EXPECT_EQ(Pull(&a, 10), 19) << "it had followed before";
}

TEST_F(ResetMembersTest, AnOldBroadcastingMemberIsSentBackByTheAnswerToItsPull) {
  Filled();
  Client old("old");
  old.Join(address_, {Language::kJava, kJava420});
  EXPECT_EQ(Reset(),
            "sent there by their next pull, for they keep their own offsets and cannot be told: "
            "old (JAVA 252)");
  auto reply = old.Ask(PullRequestFor(kGroup, kTopic, 0, 10));
  EXPECT_EQ(reply.command.code, 20);
  EXPECT_EQ(Int64Of(reply, "nextBeginOffset"), 3);
  EXPECT_EQ(Pull(&old, 3), 0);
  EXPECT_EQ(Pull(&old, 10), 19) << "back where it was";
  EXPECT_EQ(old.notices(), 0U);
}

TEST_F(ResetMembersTest, WithoutForceTheMembersOwnOffsetsCannotBeCompared) {
  Filled();
  Client a("a");
  a.Join(address_, {});
  auto request = protocol::MakeRequest(protocol::kInvokeBrokerToResetOffset);
  request.With("topic", kTopic).With("group", kGroup).With("timestamp", 0).With("isForce", "false");
  auto reply = Ask(std::move(request));
  EXPECT_EQ(reply.command.code, 1);
  EXPECT_NE(reply.command.remark.find("isForce=true"), std::string::npos);
}

// Apache's brokers give the form of the asker's language, which Java consumers silently ignore.
TEST_F(ResetMembersTest, TheBodyOfANoticeFollowsTheConsumersLanguageAndNotTheAskers) {
  Filled();
  Client java("java"), cpp("cpp");
  java.Join(address_, {Language::kJava, kJava420, MessageModel::kClustering});
  cpp.Join(address_, {Language::kCpp, 300, MessageModel::kClustering});
  Reset(Language::kCpp);
  EXPECT_EQ(java.WaitNotice(),
            R"({"offsetTable":{{"brokerName":"broker-a","queueId":0,"topic":"TopicTest"}:3}})");
  EXPECT_EQ(cpp.WaitNotice(), R"({"offsetTable":[{"brokerName":"broker-a","offset":3,"queueId":0,)"
                              R"("topic":"TopicTest"}]})");
}

TEST_F(ResetMembersTest, AClientTooOldForNoticesHoldsNobodyUp) {
  Filled();
  Client oldest("oldest"), old("old");
  oldest.Join(address_, {Language::kJava, kOldest, MessageModel::kClustering});
  old.Join(address_, {Language::kJava, kJava420, MessageModel::kClustering});
  EXPECT_EQ(Reset(), "told by notice: old (JAVA 252); at their next pull: oldest (JAVA 20)");
  EXPECT_NE(old.WaitNotice(), "");
  EXPECT_EQ(Pull(&oldest, 10), 21);
}

// Lite pull and pull consumers say that they are active.
TEST_F(ResetMembersTest, PullConsumersLearnByTheirPull) {
  Filled();
  Client puller("puller");
  puller.Join(address_,
              {Language::kJava, kJava420, MessageModel::kClustering, ConsumeType::kActively});
  EXPECT_EQ(Reset(), "at their next pull: puller (JAVA 252)");
  auto reply = puller.Ask(PullRequestFor(kGroup, kTopic, 0, 10));
  EXPECT_EQ(reply.command.code, 21);
  EXPECT_EQ(Int64Of(reply, "nextBeginOffset"), 3);
  EXPECT_EQ(Pull(&puller, 3), 0);
  EXPECT_EQ(puller.notices(), 0U);
}

TEST_F(ResetMembersTest, TheLastOfSeveralResetsWins) {
  Filled();
  Client old("old"), recent("recent");
  old.Join(address_, {Language::kJava, kJava420, MessageModel::kClustering});
  recent.Join(address_, {Language::kJava, kJava550, MessageModel::kClustering});
  for (int64_t offset : {5, 8, 2}) Reset(Language::kOther, offset);
  EXPECT_NE(old.WaitNotice(), "");
  EXPECT_EQ(old.notices(), 1U) << "none while it is at work on the first";
  auto reply = recent.Ask(PullRequestFor(kGroup, kTopic, 0, 5));
  EXPECT_EQ(reply.command.code, 21);
  EXPECT_EQ(Int64Of(reply, "nextBeginOffset"), 2);
  EXPECT_EQ(Committed(kGroup, kTopic, 0), 2) << "what the old client reads when it is awake";
}

constexpr Kind kSharing = {Language::kJava, kJava550, MessageModel::kClustering};

// Another member takes the queue over and follows; whose it was goes on from where it is, until it
// has shared the queues anew, and what the other gives back to it would never come.
TEST_F(ResetMembersTest, WhoStillTakesAQueueForItsOwnDoesNotUndoWhatAnotherHasFollowed) {
  Filled();
  Client stale("stale"), other("other");
  stale.Join(address_, kSharing);
  EXPECT_EQ(Pull(&stale, 10), 19);
  Reset();
  other.Join(address_, kSharing);
  EXPECT_EQ(Pull(&other, 3), 0);
  CommitOneway(&stale, 10);
  EXPECT_EQ(Committed(kGroup, kTopic, 0), 3);
  CommitOneway(&other, 4);
  EXPECT_EQ(Committed(kGroup, kTopic, 0), 4) << "who has followed commits";
  auto told = stale.Ask(PullRequestFor(kGroup, kTopic, 0, 10));
  EXPECT_EQ(told.command.code, 21);
  EXPECT_EQ(Int64Of(told, "nextBeginOffset"), 4) << "from where the other has come to";
  EXPECT_EQ(Pull(&stale, 4), 0);
  CommitOneway(&stale, 10);
  EXPECT_EQ(Committed(kGroup, kTopic, 0), 10) << "now it knows";
}

// The same after a restart: its connection is new, and its heartbeat is up to 30 s away.
TEST_F(ResetMembersTest, ARestartDoesNotLetAStaleOwnerCommit) {
  Filled();
  Commit(kGroup, kTopic, 0, 10);
  Reset();
  for (bool followed : {false, true}) {
    broker_.reset();
    client_.Disconnect(address_);
    StartBroker(options_);
    Client stale("stale"), other("other");
    stale.Connect(address_);
    other.Join(address_, kSharing);
    if (!followed) {
      EXPECT_EQ(Pull(&other, 3), 0);
    }
    CommitOneway(&stale, 10);
    EXPECT_EQ(Committed(kGroup, kTopic, 0), 3) << followed;
    EXPECT_EQ(Pull(&stale, 10), 21) << followed;
    stale.Join(address_, kSharing);
    CommitOneway(&stale, 10);
    EXPECT_EQ(Committed(kGroup, kTopic, 0), 3) << followed;
  }
}

TEST_F(ResetMembersTest, AMemberThatTakesAQueueOverFollowsByItsQuestion) {
  Filled();
  Commit(kGroup, kTopic, 0, 10);
  Reset();
  Client first("first"), second("second");
  first.Join(address_, kSharing);
  second.Join(address_, {Language::kJava, kJava420, MessageModel::kClustering});
  EXPECT_EQ(Pull(&first, 3), 0);
  CommitOneway(&first, 6);
  auto question = protocol::MakeRequest(protocol::kQueryConsumerOffset);
  question.With("consumerGroup", kGroup).With("topic", kTopic).With("queueId", 0);
  EXPECT_EQ(Int64Of(second.Ask(std::move(question)), "offset"), 6);
  CommitOneway(&first, 7);
  EXPECT_EQ(Pull(&second, 6), 0);
  EXPECT_EQ(Pull(&second, 8), 0);
  CommitOneway(&second, 8);
  EXPECT_EQ(Committed(kGroup, kTopic, 0), 8);
  EXPECT_EQ(second.notices(), 0U) << "nobody needs to tell it";
}

// mqadmin moves offsets by code 15 as well, and waits for the answer.
TEST_F(ResetMembersTest, AnAdminsCommitCountsAsSoonAsTheResetIsFollowed) {
  Filled();
  Client member("member");
  member.Join(address_, kSharing);
  Reset();
  EXPECT_EQ(Pull(&member, 3), 0);
  Commit(kGroup, kTopic, 0, 9);
  EXPECT_EQ(Committed(kGroup, kTopic, 0), 9);
}

// The messages at the target have left the log since (or the log lost its end): once told, never in
// circles.
TEST_F(ResetMembersTest, ATargetThatIsGoneGivesWayToTheNearestMessage) {
  options_.flush_offsets_ms = 600'000;
  std::string config = directory_ + "/store/config";
  std::filesystem::create_directories(config);
  ASSERT_TRUE(
      ReplaceFile(config + "/resetOffset.json", R"({"offsetTable":{"TopicTest@BG":{0:500,1:-5}}})")
          .ok());
  Filled();
  for (int i = 0; i < 10; ++i) Put(kTopic, 1, "x");
  // The group is made by its first pull; a group that nobody knows would lose its resets.
  auto far = Ask(PullRequestFor(kGroup, kTopic, 0, 4));
  EXPECT_EQ(far.command.code, 21);
  EXPECT_EQ(Int64Of(far, "nextBeginOffset"), 10);
  EXPECT_EQ(Ask(PullRequestFor(kGroup, kTopic, 0, 10)).command.code, 19);
  EXPECT_EQ(Ask(PullRequestFor(kGroup, kTopic, 0, 4)).command.code, 0) << "it is over";
  auto early = Ask(PullRequestFor(kGroup, kTopic, 1, 4));
  EXPECT_EQ(early.command.code, 21);
  EXPECT_EQ(Int64Of(early, "nextBeginOffset"), 0);
  EXPECT_EQ(Ask(PullRequestFor(kGroup, kTopic, 1, 0)).command.code, 0);
  EXPECT_EQ(Ask(PullRequestFor(kGroup, kTopic, 1, 4)).command.code, 0) << "it is over";
}

TEST_F(ResetMembersTest, ResetsOfQueuesThatAreGoneAreForgotten) {
  options_.flush_offsets_ms = 50;
  Filled();
  Put(kTopic, 3, "x");
  Commit(kGroup, kTopic, 3, 1);
  auto reset = protocol::MakeRequest(protocol::kResetToOffsets);
  reset.With("topic", kTopic).With("group", kGroup);
  reset.body = protocol::EncodeResetOffsetBody({{{kTopic, "broker-a", 3}, 0}});
  ASSERT_EQ(Ask(std::move(reset)).command.code, 0);
  auto shrink = protocol::MakeRequest(protocol::kUpdateAndCreateTopic);
  shrink.With("topic", kTopic).With("readQueueNums", 2).With("writeQueueNums", 2).With("perm", 6);
  shrink.With("defaultTopic", "TBW102").With("topicFilterType", "SINGLE_TAG");
  shrink.With("topicSysFlag", 0).With("order", "false");
  ASSERT_EQ(Ask(std::move(shrink)).command.code, 0);
  std::string path = directory_ + "/store/config/resetOffset.json";
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (ReadFile(path)->find('@') != std::string::npos) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << *ReadFile(path);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(Committed(kGroup, kTopic, 3), 0) << "the offset stays as the reset has left it";
}

}  // namespace
}  // namespace rewindmq::broker
