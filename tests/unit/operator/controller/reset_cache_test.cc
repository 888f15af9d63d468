#include "operator/controller/reset_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rewindmq::controller {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

api::OffsetReset Reset(const std::string& name, const std::string& version,
                       const std::string& uid = "u") {
  api::OffsetReset reset;
  reset.key = {"shop", name};
  reset.uid = uid;
  reset.resource_version = version;
  reset.object = {{"metadata", {{"name", name}, {"managedFields", {1, 2}}}}, {"status", {1}}};
  reset.status.table.queues.resize(3);
  return reset;
}

class ResetCacheTest : public testing::Test {
 protected:
  // "name@version" of every object.
  std::vector<std::string> List() {
    std::vector<std::string> all;
    for (const api::OffsetReset& reset : cache_.List()) {
      all.push_back(reset.key.name + "@" + reset.resource_version);
    }
    return all;
  }

  FakeClock clock_{0};
  ResetCache cache_{clock_};
};

TEST_F(ResetCacheTest, HoldsWhatTheWatchTold) {
  cache_.Observed(Reset("b", "1"));
  cache_.Observed(Reset("a", "2"));
  cache_.Observed(Reset("b", "3"));
  EXPECT_THAT(List(), ElementsAre("a@2", "b@3"));
  cache_.Deleted({"shop", "b"});
  EXPECT_THAT(List(), ElementsAre("a@2"));
}

TEST_F(ResetCacheTest, OwnWriteCountsBeforeTheWatchShowsItAndOlderNewsDoNot) {
  cache_.Observed(Reset("a", "1"));
  cache_.Wrote(Reset("a", "5"));
  EXPECT_THAT(List(), ElementsAre("a@5"));
  cache_.Observed(Reset("a", "3"));  // on its way when the write was made
  EXPECT_THAT(List(), ElementsAre("a@5"));
  cache_.Observed(Reset("a", "5"));
  cache_.Observed(Reset("a", "8"));
  EXPECT_THAT(List(), ElementsAre("a@8"));
}

TEST_F(ResetCacheTest, WatchThatWasFasterThanTheAnswerWinsInTheEnd) {
  cache_.Observed(Reset("a", "1"));
  cache_.Observed(Reset("a", "5"));  // our write
  cache_.Observed(Reset("a", "6"));  // somebody's change of it
  cache_.Wrote(Reset("a", "5"));     // only now its answer
  clock_.AdvanceMs(ResetCache::kConfirmWithinMs);
  EXPECT_THAT(List(), ElementsAre("a@6"));
}

TEST_F(ResetCacheTest, SecondOwnWriteAwaitsItsOwnConfirmation) {
  cache_.Observed(Reset("a", "1"));
  cache_.Wrote(Reset("a", "5"));
  cache_.Wrote(Reset("a", "6"));
  cache_.Observed(Reset("a", "5"));
  EXPECT_THAT(List(), ElementsAre("a@6"));
  cache_.Observed(Reset("a", "6"));
  clock_.AdvanceMs(ResetCache::kConfirmWithinMs);
  EXPECT_THAT(List(), ElementsAre("a@6"));
}

TEST_F(ResetCacheTest, AnswerAfterTheDeletionDoesNotBringTheObjectBack) {
  cache_.Observed(Reset("a", "1"));
  cache_.Deleted({"shop", "a"});
  cache_.Wrote(Reset("a", "5"));
  EXPECT_THAT(List(), IsEmpty());
  cache_.Observed(Reset("a", "7", "another"));
  cache_.Wrote(Reset("a", "5"));
  EXPECT_THAT(List(), ElementsAre("a@7"));
}

TEST_F(ResetCacheTest, NewObjectOfTheSameNameIsSeenAtOnce) {
  cache_.Observed(Reset("a", "1"));
  cache_.Wrote(Reset("a", "5"));
  cache_.Observed(Reset("a", "9", "another"));
  EXPECT_THAT(List(), ElementsAre("a@9"));
}

TEST_F(ResetCacheTest, KeepsRowsOnlyOfObjectsThatAreNotFinished) {
  cache_.Observed(Reset("a", "1"));
  api::OffsetReset finished = Reset("b", "2");
  finished.status.SetCondition(api::kFinished, "True", "AllQueuesReset", "", 0, 1);
  cache_.Observed(finished);
  auto all = cache_.List();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].status.table.queues.size(), 3U);
  EXPECT_EQ(all[1].status.table.queues.size(), 0U);
  EXPECT_TRUE(all[1].finished());
  EXPECT_FALSE(all[0].object.contains("status"));
  EXPECT_FALSE(all[0].object["metadata"].contains("managedFields"));
}

}  // namespace
}  // namespace rewindmq::controller
