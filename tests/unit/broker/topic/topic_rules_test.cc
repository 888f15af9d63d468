#include "broker/topic/topic_rules.h"

#include <gtest/gtest.h>

namespace rewindmq::broker {
namespace {

using Attributes = std::map<std::string, std::string>;

TEST(TopicRules, QueuesAndRightsHaveLimits) {
  protocol::TopicConfig config;
  EXPECT_TRUE(CheckTopicLimits(config).ok());
  config.perm = 0;
  config.write_queue_nums = 0;
  EXPECT_TRUE(CheckTopicLimits(config).ok()) << "a topic may be closed";
  config.perm = 8;
  EXPECT_FALSE(CheckTopicLimits(config).ok());
  config.perm = 6;
  config.read_queue_nums = kMaxTopicQueues + 1;
  EXPECT_FALSE(CheckTopicLimits(config).ok());
  config.read_queue_nums = -1;
  EXPECT_FALSE(CheckTopicLimits(config).ok());
}

TEST(TopicRules, AttributesAreSetAndTakenAway) {
  Attributes attributes;
  ASSERT_TRUE(ChangeAttributes("+message.type=FIFO, +queue.type=SimpleCQ", true, &attributes).ok());
  EXPECT_EQ(attributes, (Attributes{{"message.type", "FIFO"}, {"queue.type", "SimpleCQ"}}));
  ASSERT_TRUE(ChangeAttributes("+reserve.time=5,-message.type", false, &attributes).ok());
  EXPECT_EQ(attributes, (Attributes{{"queue.type", "SimpleCQ"}, {"reserve.time", "5"}}));
  EXPECT_TRUE(ChangeAttributes("", false, &attributes).ok());
}

TEST(TopicRules, AWrongChangeIsNamedAndChangesNothing) {
  const std::vector<std::tuple<std::string, bool, std::string>> wrong = {
      {"-message.type", true, "only add attribute is supported while creating topic"},
      {"message.type=FIFO", false, "wrong format key"},
      {"+no.such=1", true, "unsupported key: no.such"},
      {"+message.type=LOUD", false, "value is not in set"},
      {"+reserve.time=-2", false, "value is not in range"},
      {"-cleanup.policy", false, "attempt to delete a nonexistent key"},
      {"+queue.type=BatchCQ", false, "attempt to update an unchangeable attribute"},
      {"+reserve.time=1,+reserve.time=2", false, "alter duplication key"},
      {"nonsense", false, "kv string format wrong"},
      {"+", false, "kv string format wrong"},
  };
  for (const auto& [changes, creating, message] : wrong) {
    Attributes attributes = {{"message.type", "NORMAL"}};
    Status changed = ChangeAttributes("+reserve.time=7," + changes, creating, &attributes);
    if (changes.rfind("+reserve", 0) == 0)
      changed = ChangeAttributes(changes, creating, &attributes);
    EXPECT_FALSE(changed.ok()) << changes;
    EXPECT_NE(changed.message().find(message), std::string::npos)
        << changes << ": " << changed.message();
    EXPECT_EQ(attributes, (Attributes{{"message.type", "NORMAL"}})) << changes;
  }
}

}  // namespace
}  // namespace rewindmq::broker
