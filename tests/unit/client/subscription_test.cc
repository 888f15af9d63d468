// Tags, their hashes, and the names that a client makes up.

#include "common/protocol/subscription.h"

#include <gtest/gtest.h>

#include "common/base/java_hash.h"

#include <set>

#include "client/client_id.h"
#include "client/publish_queues.h"
#include "client/routes.h"
#include "client/send_request.h"

namespace rewindmq::client {
namespace {

TEST(Subscription, HashesTagsAsJavaDoes) {
  EXPECT_EQ(JavaStringHash(""), 0);
  EXPECT_EQ(JavaStringHash("TagA"), 2598919);
  EXPECT_EQ(JavaStringHash("TagB"), 2598920);
  EXPECT_EQ(JavaStringHash("The quick brown fox"), -1739336029);
  EXPECT_EQ(JavaStringHash("\xC3\xA4"), 228);                   // one UTF-16 unit
  EXPECT_EQ(JavaStringHash("\xF0\x9F\x98\x80"), 1772899);       // a surrogate pair
  EXPECT_EQ(JavaStringHash(std::string_view("\xFF")), 0xFFFD);  // broken UTF-8
}

TEST(Subscription, ReadsTagExpressions) {
  auto all = protocol::MakeSubscription("T", " * ", 5);
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->sub_string, "*");
  EXPECT_TRUE(Matches(*all, ""));
  auto two = protocol::MakeSubscription("T", "TagA || TagB", 5);
  ASSERT_TRUE(two.ok());
  EXPECT_EQ(two->tags_set, (std::vector<std::string>{"TagA", "TagB"}));
  EXPECT_EQ(two->code_set, (std::vector<int32_t>{2598919, 2598920}));
  EXPECT_EQ(two->sub_version, 5);
  EXPECT_TRUE(Matches(*two, "TagB"));
  EXPECT_FALSE(Matches(*two, "TagC"));
  EXPECT_FALSE(Matches(*two, ""));
  EXPECT_EQ(protocol::MakeSubscription("T", "||", 5).status().code(), ErrorCode::kInvalidArgument);
}

TEST(UniqueIds, HaveJavasLayoutAndNeverRepeat) {
  FakeClock clock(1'700'000'000'123);  // 2023-11-14T22:13:20.123Z
  UniqueIds ids(&clock);
  std::string first = ids.Next();
  ASSERT_EQ(first.size(), 32U);
  EXPECT_EQ(first.find_first_not_of("0123456789ABCDEF"), std::string::npos);
  // Milliseconds since the month began: 13 days, 22:13:20.123.
  EXPECT_EQ(std::stoull(first.substr(20, 8), nullptr, 16), 1'203'200'123U);
  std::set<std::string> seen = {first};
  for (int i = 1; i < 65'536; ++i) seen.insert(ids.Next());
  EXPECT_EQ(seen.size(), 65'536U);
}

TEST(ClientId, IsNewForEveryClientOfAProcess) { EXPECT_NE(MakeClientId(), MakeClientId()); }

TEST(PublishQueues, TakesWritableQueuesOfBrokersWithAMaster) {
  protocol::TopicRouteData route;
  route.queue_datas = {{"a", 8, 3, 6, 0}, {"read-only", 4, 4, 4, 0}, {"slave-only", 4, 4, 6, 0}};
  route.broker_datas = {{"C", "a", {{0, "10.0.0.1:1"}, {1, "10.0.0.9:1"}}},
                        {"C", "read-only", {{0, "10.0.0.2:1"}}},
                        {"C", "slave-only", {{1, "10.0.0.3:1"}}}};
  auto queues = WritableQueues("T", route, INT32_MAX);
  ASSERT_EQ(queues.size(), 3U);
  EXPECT_EQ(queues[2].queue, (protocol::MessageQueue{"T", "a", 2}));
  EXPECT_EQ(queues[2].address, "10.0.0.1:1");
  EXPECT_EQ(WritableQueues("T", route, 2).size(), 2U);
}

TEST(PublishQueues, TakesTurnsAndAvoidsABrokerThatFailed) {
  PublishQueues queues({{{"T", "a", 0}, "1"}, {{"T", "a", 1}, "1"}, {{"T", "b", 0}, "2"}}, 1);
  EXPECT_EQ(queues.Next("").queue.queue_id, 1);
  EXPECT_EQ(queues.Next("").queue.broker_name, "b");
  EXPECT_EQ(queues.Next("").queue.broker_name, "a");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(queues.Next("a").queue.broker_name, "b");
  PublishQueues one({{{"T", "a", 0}, "1"}}, 0);
  EXPECT_EQ(one.Next("a").queue.broker_name, "a");  // better than nothing
}

TEST(Routes, ReadsNameServerLists) {
  auto list = ParseNameServers("127.0.0.1:9876; [::1]:9877,ns:1");
  ASSERT_TRUE(list.ok()) << list.status().ToString();
  EXPECT_EQ(*list, (std::vector<std::string>{"127.0.0.1:9876", "[::1]:9877", "ns:1"}));
  EXPECT_EQ(ParseNameServers("localhost").status().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ParseNameServers(" ; ").status().code(), ErrorCode::kInvalidArgument);
}

TEST(SendRequest, RefusesWhatNoBrokerWouldTake) {
  Message good{.topic = "T", .body = "x", .tag = "TagA"};
  EXPECT_TRUE(CheckMessage(good, 10).ok());
  auto code_of = [](Message message) { return CheckMessage(message, 10).code(); };
  EXPECT_EQ(code_of({.topic = "a b", .body = "x"}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of({.topic = "T"}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of({.topic = "T", .body = "12345678901"}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of({.topic = "T", .body = "x", .tag = "a\1b"}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of({.topic = "T", .body = "x", .keys = std::string(40'000, 'k')}),
            ErrorCode::kInvalidArgument);
}

TEST(SendRequest, WritesTagKeysAndIdAsProperties) {
  Message message{.topic = "T", .body = "x", .tag = "TagA", .keys = "k1"};
  message.properties = {{"colour", "red"}};
  std::string text = MessageProperties(message, "ID");
  EXPECT_EQ(protocol::FindProperty(text, "TAGS"), "TagA");
  EXPECT_EQ(protocol::FindProperty(text, "KEYS"), "k1");
  EXPECT_EQ(protocol::FindProperty(text, "UNIQ_KEY"), "ID");
  EXPECT_EQ(protocol::FindProperty(text, "WAIT"), "true");
  EXPECT_EQ(protocol::FindProperty(text, "colour"), "red");
}

}  // namespace
}  // namespace rewindmq::client
