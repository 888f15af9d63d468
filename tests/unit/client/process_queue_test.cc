// Positions of a queue while its messages are consumed out of order, and the set of queues.

#include "client/process_queue.h"

#include <gtest/gtest.h>

#include "client/assigned_queues.h"

namespace rewindmq::client {
namespace {

const protocol::MessageQueue kQueue{"T", "b", 1};

std::vector<ReceivedMessage> Messages(int64_t first, int64_t count, size_t body_bytes = 1) {
  std::vector<ReceivedMessage> messages;
  for (int64_t i = 0; i < count; ++i) {
    ReceivedMessage message;
    message.queue_offset = first + i;
    message.body.assign(body_bytes, 'x');
    messages.push_back(std::move(message));
  }
  return messages;
}

TEST(ProcessQueue, CommitsOnlyWhatHasNoUnfinishedMessageBefore) {
  ProcessQueue queue(kQueue, 100);
  EXPECT_EQ(queue.CommitOffset(), 100);
  EXPECT_TRUE(queue.Put(Messages(100, 4), 104));
  EXPECT_EQ(queue.NextOffset(), 104);
  EXPECT_EQ(queue.CommitOffset(), 100);
  queue.Finish(Messages(102, 2));
  EXPECT_EQ(queue.CommitOffset(), 100);
  queue.Finish(Messages(100, 1));
  EXPECT_EQ(queue.CommitOffset(), 101);
  queue.Finish(Messages(101, 1));
  EXPECT_EQ(queue.CommitOffset(), 104);
}

TEST(ProcessQueue, SkipsOverWhatTheBrokerFilteredOut) {
  ProcessQueue queue(kQueue, 0);
  EXPECT_TRUE(queue.Put({}, 50));
  EXPECT_EQ(queue.CommitOffset(), 50);
}

TEST(ProcessQueue, GivesACommitOnceUnlessItIsForgotten) {
  ProcessQueue queue(kQueue, 5);
  EXPECT_EQ(queue.TakeCommit(), 5);
  EXPECT_EQ(queue.TakeCommit(), -1);
  queue.ForgetCommit();
  EXPECT_EQ(queue.TakeCommit(), 5);
  queue.Put({}, 6);
  EXPECT_EQ(queue.TakeCommit(), 6);
}

TEST(ProcessQueue, PausesPullingWhenTooMuchIsUnfinished) {
  ProcessQueue queue(kQueue, 0);
  auto many = Messages(0, ProcessQueue::kMaxCachedMessages);
  EXPECT_FALSE(queue.Put(many, 1000));
  EXPECT_TRUE(queue.Finish(Messages(10, 1)));
  EXPECT_FALSE(queue.Finish(Messages(11, 1)));  // the pause has ended already

  ProcessQueue heavy(kQueue, 0);
  EXPECT_FALSE(heavy.Put(Messages(0, 1, ProcessQueue::kMaxCachedBytes), 1));
  heavy.Drop();
  EXPECT_FALSE(heavy.Finish(Messages(0, 1)));  // nobody reads a dropped queue any more
}

class AssignedQueuesTest : public testing::Test {
 protected:
  AssignedQueues queues_;
  std::vector<std::pair<protocol::MessageQueue, int64_t>> commits_;
  AssignedQueues::SendCommit commit_ = [this](const ProcessQueuePtr& queue, int64_t offset) {
    commits_.emplace_back(queue->queue(), offset);
  };
};

TEST_F(AssignedQueuesTest, CommitsWhatIsGivenBack) {
  auto kept = queues_.Add({"T", "b", 0}, 3);
  auto given_back = queues_.Add({"T", "b", 1}, 4);
  auto other_topic = queues_.Add({"U", "b", 1}, 5);
  ASSERT_NE(other_topic, nullptr);
  EXPECT_EQ(queues_.Add({"T", "b", 1}, 9), nullptr);
  queues_.Retain("T", {{"T", "b", 0}}, commit_);
  EXPECT_FALSE(kept->dropped());
  EXPECT_TRUE(given_back->dropped());
  EXPECT_FALSE(other_topic->dropped());
  ASSERT_EQ(commits_.size(), 1U);
  EXPECT_EQ(commits_[0], std::make_pair(protocol::MessageQueue{"T", "b", 1}, int64_t{4}));
}

TEST_F(AssignedQueuesTest, RestartDropsTheOldPositionAndCommitsTheNew) {
  auto old = queues_.Add(kQueue, 3);
  old->Put(Messages(3, 2), 5);
  auto fresh = queues_.Restart(kQueue, 1, commit_);
  ASSERT_NE(fresh, nullptr);
  EXPECT_TRUE(old->dropped());
  EXPECT_EQ(fresh->NextOffset(), 1);
  old->Finish(Messages(3, 2));  // late, and of no effect
  queues_.Commit(commit_);
  ASSERT_EQ(commits_.size(), 1U);
  EXPECT_EQ(commits_[0].second, 1);
  EXPECT_EQ(queues_.Restart(kQueue, 7, commit_, old.get()), nullptr);
  EXPECT_EQ(queues_.Restart({"other", "b", 1}, 7, commit_), nullptr);
  EXPECT_EQ(commits_.size(), 1U);
}

TEST_F(AssignedQueuesTest, CloseDropsAllAndLetsNoneIn) {
  auto queue = queues_.Add(kQueue, 3);
  queues_.Close();
  EXPECT_TRUE(queue->dropped());
  EXPECT_EQ(queues_.Add(kQueue, 3), nullptr);
  EXPECT_TRUE(queues_.Names().empty());
}

}  // namespace
}  // namespace rewindmq::client
