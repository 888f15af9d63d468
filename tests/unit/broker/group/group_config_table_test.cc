#include "broker/group/group_config_table.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

namespace rewindmq::broker {
namespace {

class GroupConfigTableTest : public testing::Test {
 protected:
  GroupConfigTableTest() {
    char name[] = "/tmp/rewind-group-test-XXXXXX";
    directory_ = mkdtemp(name);
  }
  ~GroupConfigTableTest() override { std::filesystem::remove_all(directory_); }

  std::unique_ptr<GroupConfigTable> Load(bool auto_create = true) {
    auto table =
        GroupConfigTable::Load(directory_ + "/subscriptionGroup.json", auto_create, &clock_);
    EXPECT_TRUE(table.ok()) << table.status().ToString();
    return table.ok() ? std::move(*table) : nullptr;
  }
  static protocol::SubscriptionGroupConfig Group(const std::string& name, int32_t retries) {
    protocol::SubscriptionGroupConfig config;
    config.group_name = name;
    config.retry_max_times = retries;
    return config;
  }

  std::string directory_;
  FakeClock clock_{1'700'000'000'000};
};

TEST_F(GroupConfigTableTest, GroupsAreMadeOnDemandUntilThatIsSwitchedOff) {
  auto table = Load();
  EXPECT_TRUE(table->FindOrCreate("G").has_value());
  table->SetAutoCreate(false);
  EXPECT_FALSE(table->FindOrCreate("H").has_value());
  EXPECT_TRUE(table->FindOrCreate("G").has_value());
  EXPECT_TRUE(table->FindOrCreate("TOOLS_CONSUMER").has_value()) << "built in";
}

TEST_F(GroupConfigTableTest, AChangeThatCannotBeSavedDoesNotHappen) {
  auto table = Load();
  ASSERT_TRUE(table->Put(Group("G", 3)).ok());
  std::filesystem::remove_all(directory_);
  EXPECT_FALSE(table->Put(Group("G", 5)).ok());
  EXPECT_FALSE(table->PutAll({Group("H", 1), Group("I", 1)}).ok());
  EXPECT_FALSE(table->Remove("G").ok());
  EXPECT_FALSE(table->SetReadable("G", "T", false).ok());
  EXPECT_EQ(table->Find("G")->retry_max_times, 3);
  EXPECT_FALSE(table->Find("H").has_value());
  EXPECT_TRUE(table->IsReadable("G", "T"));
}

TEST_F(GroupConfigTableTest, ReadingOfATopicIsForbiddenAndAllowedAgain) {
  auto table = Load();
  EXPECT_TRUE(table->IsReadable("G", "T"));
  ASSERT_TRUE(table->SetReadable("G", "T", false).ok());
  EXPECT_FALSE(table->IsReadable("G", "T"));
  EXPECT_TRUE(table->IsReadable("G", "Other"));
  EXPECT_TRUE(table->IsReadable("Other", "T"));
  table = Load();
  EXPECT_FALSE(table->IsReadable("G", "T")) << "on disk";
  ASSERT_TRUE(table->SetReadable("G", "T", true).ok());
  EXPECT_TRUE(table->IsReadable("G", "T"));
  EXPECT_TRUE(table->Snapshot().forbidden.empty());
}

}  // namespace
}  // namespace rewindmq::broker
