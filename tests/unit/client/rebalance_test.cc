// Average allocation: the same split as Java's, nothing twice and nothing left over.

#include "client/rebalance.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace rewindmq::client {
namespace {

std::vector<protocol::MessageQueue> Queues(int count) {
  std::vector<protocol::MessageQueue> queues;
  for (int id = count - 1; id >= 0; --id) queues.push_back({"T", "b", id});
  return queues;
}

std::vector<int32_t> Ids(const std::vector<protocol::MessageQueue>& queues) {
  std::vector<int32_t> ids;
  for (const auto& queue : queues) ids.push_back(queue.queue_id);
  return ids;
}

TEST(Rebalance, GivesTheFirstMembersTheLongerRuns) {
  // AllocateMessageQueueAveragely of 10 queues to 3 members.
  std::vector<std::string> members = {"c", "a", "b"};
  EXPECT_EQ(Ids(AllocateAveragely(Queues(10), members, "a")), (std::vector{0, 1, 2, 3}));
  EXPECT_EQ(Ids(AllocateAveragely(Queues(10), members, "b")), (std::vector{4, 5, 6}));
  EXPECT_EQ(Ids(AllocateAveragely(Queues(10), members, "c")), (std::vector{7, 8, 9}));
}

TEST(Rebalance, LeavesMembersWithoutQueuesWhenThereAreTooMany) {
  EXPECT_EQ(Ids(AllocateAveragely(Queues(2), {"a", "b", "c"}, "b")), (std::vector{1}));
  EXPECT_TRUE(AllocateAveragely(Queues(2), {"a", "b", "c"}, "c").empty());
}

TEST(Rebalance, GivesAStrangerNothing) {
  EXPECT_TRUE(AllocateAveragely(Queues(4), {"a", "b"}, "x").empty());
  EXPECT_TRUE(AllocateAveragely(Queues(4), {}, "x").empty());
}

TEST(Rebalance, CountsAMemberThatIsListedTwiceOnce) {
  EXPECT_EQ(AllocateAveragely(Queues(4), {"a", "a", "b"}, "a").size(), 2U);
}

TEST(Rebalance, CoversEveryQueueExactlyOnce) {
  for (int queue_count = 0; queue_count < 20; ++queue_count) {
    for (int member_count = 1; member_count < 8; ++member_count) {
      std::vector<std::string> members;
      for (int i = 0; i < member_count; ++i) members.push_back("m" + std::to_string(i));
      std::vector<int32_t> all;
      for (const std::string& member : members) {
        auto ids = Ids(AllocateAveragely(Queues(queue_count), members, member));
        all.insert(all.end(), ids.begin(), ids.end());
      }
      EXPECT_EQ(all, Ids(AllocateAveragely(Queues(queue_count), {"x"}, "x")));
    }
  }
}

}  // namespace
}  // namespace rewindmq::client
