#include "broker/group/queue_locks.h"

#include <gtest/gtest.h>

namespace rewindmq::broker {
namespace {

const std::vector<protocol::MessageQueue> kQueues = {{"T", "broker-a", 0}, {"T", "broker-a", 1}};

TEST(QueueLocks, OneOwnerUntilItUnlocks) {
  QueueLocks locks;
  EXPECT_EQ(locks.Lock("G", "c1", kQueues, 0), kQueues);
  EXPECT_TRUE(locks.Lock("G", "c2", kQueues, 1).empty());
  EXPECT_EQ(locks.Lock("other", "c2", kQueues, 1), kQueues) << "groups do not share locks";
  locks.Unlock("G", "c2", kQueues);
  EXPECT_TRUE(locks.Lock("G", "c2", kQueues, 2).empty()) << "only the owner unlocks";
  locks.Unlock("G", "c1", kQueues);
  EXPECT_EQ(locks.Lock("G", "c2", kQueues, 3), kQueues);
}

TEST(QueueLocks, ALockRunsOutUnlessItIsRenewed) {
  QueueLocks locks;
  locks.Lock("G", "c1", kQueues, 0);
  locks.Lock("G", "c1", {kQueues[0]}, 50'000);
  EXPECT_EQ(locks.Lock("G", "c2", kQueues, QueueLocks::kMaxLiveMs + 1),
            (std::vector<protocol::MessageQueue>{kQueues[1]}));
}

}  // namespace
}  // namespace rewindmq::broker
