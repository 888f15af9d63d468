#include "broker/offset/offset_table.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>

#include "common/base/file.h"

namespace rewindmq::broker {
namespace {

constexpr int64_t kUntilMs = 1'700'000'000'000;

class OffsetTableTest : public testing::Test {
 protected:
  OffsetTableTest() {
    char name[] = "/tmp/rewind-offset-test-XXXXXX";
    directory_ = mkdtemp(name);
  }
  ~OffsetTableTest() override { std::filesystem::remove_all(directory_); }

  std::unique_ptr<OffsetTable> Load() {
    auto table = OffsetTable::Load(directory_);
    EXPECT_TRUE(table.ok()) << table.status().ToString();
    return table.ok() ? std::move(*table) : nullptr;
  }
  std::string directory_;
};

TEST_F(OffsetTableTest, KeepsOffsetsInRocketMqsForm) {
  auto table = Load();
  table->Commit("GID", "TopicTest", 0, 5);
  table->Commit("GID", "TopicTest", 1, 7);
  ASSERT_TRUE(table->Persist().ok());
  std::string text = *ReadFile(directory_ + "/consumerOffset.json");
  EXPECT_NE(text.find("\"TopicTest@GID\":{0:5,1:7}"), std::string::npos) << text;
  EXPECT_EQ(Load()->FindAll("GID", "TopicTest"), (QueueOffsets{{0, 5}, {1, 7}}));
}

TEST_F(OffsetTableTest, ReadsAFileThatJavaWrote) {
  ASSERT_TRUE(ReplaceFile(directory_ + "/consumerOffset.json",
                          "{\n\t\"offsetTable\":{\n\t\t\"T@G\":{0:5,1:7\n\t\t}\n\t}\n}")
                  .ok());
  EXPECT_EQ(Load()->Find("G", "T", 1), 7);
}

TEST_F(OffsetTableTest, FallsBackToThePreviousCopy) {
  auto table = Load();
  table->Commit("G", "T", 0, 1);
  ASSERT_TRUE(table->Persist().ok());
  table->Commit("G", "T", 0, 2);
  ASSERT_TRUE(table->Persist().ok());
  ASSERT_TRUE(
      ReplaceFile(directory_ + "/keep", *ReadFile(directory_ + "/consumerOffset.json.bak")).ok());
  ASSERT_TRUE(ReplaceFile(directory_ + "/consumerOffset.json", "garbage").ok());
  std::filesystem::rename(directory_ + "/keep", directory_ + "/consumerOffset.json.bak");
  EXPECT_EQ(Load()->Find("G", "T", 0), 1);
}

TEST_F(OffsetTableTest, DamageWithoutAPreviousCopyIsAnError) {
  ASSERT_TRUE(ReplaceFile(directory_ + "/consumerOffset.json", "garbage").ok());
  auto table = OffsetTable::Load(directory_);
  ASSERT_FALSE(table.ok());
  EXPECT_NE(table.status().message().find("consumerOffset.json"), std::string::npos);
}

TEST_F(OffsetTableTest, AResetIsOnDiskBeforeItReturns) {
  auto table = Load();
  table->Commit("G", "T", 0, 100);
  ASSERT_TRUE(table->Persist().ok());
  ASSERT_TRUE(table->AssignReset({"G", {{"T", {{0, 3}}}}}).ok());
  // Without any further write: as after kill -9.
  auto restarted = Load();
  EXPECT_EQ(restarted->Find("G", "T", 0), 3);
  EXPECT_EQ(restarted->ResetOf("G", "T", 0)->offset, 3);
  EXPECT_EQ(restarted->Commit("G", "T", 0, 100), OffsetTable::Committed::kIgnoredResetPending);
}

TEST_F(OffsetTableTest, AFollowedResetLetsOffsetsGoOnAndIsRememberedForAWhile) {
  auto table = Load();
  ASSERT_TRUE(table->AssignReset({"G", {{"T", {{0, 3}, {1, 4}}}}}).ok());
  table->ResetFollowed("G", "T", 0, {}, kUntilMs);
  EXPECT_EQ(table->Commit("G", "T", 0, 9), OffsetTable::Committed::kStored);
  ASSERT_TRUE(table->Persist().ok());
  auto restarted = Load();
  EXPECT_EQ(restarted->Find("G", "T", 0), 9);
  ASSERT_TRUE(restarted->ResetOf("G", "T", 0));
  EXPECT_TRUE(restarted->ResetOf("G", "T", 0)->followed);
  EXPECT_EQ(restarted->ResetOf("G", "T", 0)->offset, 9) << "where the group is now";
  EXPECT_EQ(restarted->Commit("G", "T", 0, 10), OffsetTable::Committed::kStored);
  PendingResets::Drop none = [](const auto&, const auto&, int32_t) { return false; };
  EXPECT_EQ(restarted->ForgetResets(none, kUntilMs - 1), 0U);
  EXPECT_EQ(restarted->ForgetResets(none, kUntilMs), 1U);
  EXPECT_FALSE(restarted->ResetOf("G", "T", 0));
  EXPECT_EQ(restarted->ResetOf("G", "T", 1)->offset, 4);
  EXPECT_FALSE(restarted->ResetOf("G", "T", 1)->followed);
}

TEST_F(OffsetTableTest, EveryResetOfAQueueHasANumberOfItsOwn) {
  auto table = Load();
  ASSERT_TRUE(table->AssignReset({"G", {{"T", {{0, 3}, {1, 3}}}}}).ok());
  uint64_t first = table->ResetOf("G", "T", 0)->order;
  table->ResetFollowed("G", "T", 0, {}, kUntilMs);
  ASSERT_TRUE(table->AssignReset({"G", {{"T", {{0, 3}}}}}).ok());
  EXPECT_GT(table->ResetOf("G", "T", 0)->order, first);
  EXPECT_FALSE(table->ResetOf("G", "T", 0)->followed) << "reset anew";
  EXPECT_EQ(table->ResetOf("G", "T", 1)->order, first);
}

TEST_F(OffsetTableTest, AResetThatCannotBeWrittenChangesNothing) {
  auto table = Load();
  table->Commit("G", "T", 0, 100);
  std::filesystem::remove_all(directory_);
  EXPECT_FALSE(table->AssignReset({"G", {{"T", {{0, 3}}}}}).ok());
  EXPECT_EQ(table->Find("G", "T", 0), 100);
  EXPECT_FALSE(table->ResetOf("G", "T", 0));
}

TEST_F(OffsetTableTest, RemovesByTopicAndByGroup) {
  auto table = Load();
  table->Commit("G1", "T1", 0, 1);
  table->Commit("G2", "T1", 0, 1);
  table->Commit("G1", "T2", 0, 1);
  EXPECT_EQ(table->GroupsOf("T1"), (std::vector<std::string>{"G1", "G2"}));
  table->RemoveTopic("T1");
  EXPECT_EQ(table->TopicsOf("G1"), (std::vector<std::string>{"T2"}));
  table->RemoveGroup("G1");
  EXPECT_TRUE(table->TopicsOf("G1").empty());
}

}  // namespace
}  // namespace rewindmq::broker
