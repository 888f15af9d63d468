#include "broker/topic/topic_table.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

namespace rewindmq::broker {
namespace {

class TopicTableTest : public testing::Test {
 protected:
  TopicTableTest() {
    char name[] = "/tmp/rewind-topic-test-XXXXXX";
    directory_ = mkdtemp(name);
  }
  ~TopicTableTest() override { std::filesystem::remove_all(directory_); }

  std::unique_ptr<TopicTable> Load() {
    auto table = TopicTable::Load(directory_ + "/topics.json", &clock_);
    EXPECT_TRUE(table.ok()) << table.status().ToString();
    return table.ok() ? std::move(*table) : nullptr;
  }
  static protocol::TopicConfig Parent() {
    protocol::TopicConfig config;
    config.topic_name = "TBW102";
    config.read_queue_nums = 8;
    config.write_queue_nums = 8;
    config.perm = 7;
    return config;
  }

  std::string directory_;
  FakeClock clock_{1'700'000'000'000};
};

TEST_F(TopicTableTest, ATopicIsMadeFromItsParentAndKept) {
  auto table = Load();
  ASSERT_TRUE(table->AddBuiltIn({Parent()}).ok());
  int changes = 0;
  table->OnChange([&] { ++changes; });
  auto created = table->FindOrCreate("T", "TBW102", 4);
  ASSERT_TRUE(created.ok());
  EXPECT_EQ(created->write_queue_nums, 4);
  EXPECT_EQ(created->perm, 6) << "without inheritance";
  EXPECT_EQ(table->FindOrCreate("T", "TBW102", 16)->write_queue_nums, 4) << "it exists";
  EXPECT_EQ(table->FindOrCreate("Big", "TBW102", 16)->write_queue_nums, 8) << "the parent's";
  EXPECT_EQ(changes, 2);
  EXPECT_EQ(Load()->Find("T")->write_queue_nums, 4) << "on disk";
}

TEST_F(TopicTableTest, WithoutAnInheritableParentThereIsNoTopic) {
  auto table = Load();
  EXPECT_EQ(table->FindOrCreate("T", "TBW102", 4).status().code(), ErrorCode::kNotFound);
  auto closed = Parent();
  closed.perm = 6;
  ASSERT_TRUE(table->AddBuiltIn({closed}).ok());
  EXPECT_EQ(table->FindOrCreate("T", "TBW102", 4).status().code(), ErrorCode::kNotFound);
}

TEST_F(TopicTableTest, EveryChangeRaisesTheVersion) {
  auto table = Load();
  auto before = table->Snapshot().data_version.counter;
  ASSERT_TRUE(table->Put(Parent()).ok());
  ASSERT_TRUE(table->Remove("TBW102").ok());
  EXPECT_EQ(table->Snapshot().data_version.counter, before + 2);
  ASSERT_TRUE(table->Remove("TBW102").ok());
  EXPECT_EQ(table->Snapshot().data_version.counter, before + 2) << "nothing was there";
}

TEST_F(TopicTableTest, AChangeThatCannotBeSavedDoesNotHappen) {
  auto table = Load();
  ASSERT_TRUE(table->AddBuiltIn({Parent()}).ok());
  int changes = 0;
  table->OnChange([&] { ++changes; });
  auto version = table->Snapshot().data_version;
  std::filesystem::remove_all(directory_);
  auto changed = Parent();
  changed.write_queue_nums = 3;
  EXPECT_FALSE(table->Put(changed).ok());
  EXPECT_FALSE(table->Remove("TBW102").ok());
  EXPECT_FALSE(table->FindOrCreate("T", "TBW102", 4).ok());
  EXPECT_FALSE(table->EnsureRetryTopic("G", 1).ok());
  EXPECT_EQ(table->Find("TBW102")->write_queue_nums, 8);
  EXPECT_FALSE(table->Find("T").has_value());
  EXPECT_EQ(table->Snapshot().data_version, version);
  EXPECT_EQ(changes, 0);
}

TEST_F(TopicTableTest, AnEqualTopicIsNoChange) {
  auto table = Load();
  ASSERT_TRUE(table->Put(Parent()).ok());
  auto version = table->Snapshot().data_version;
  ASSERT_TRUE(table->Put(Parent()).ok());
  EXPECT_EQ(table->Snapshot().data_version, version);
}

}  // namespace
}  // namespace rewindmq::broker
