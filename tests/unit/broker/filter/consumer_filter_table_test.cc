#include "broker/filter/consumer_filter_table.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "broker/filter/sql_matcher.h"

namespace rewindmq::broker {
namespace {

constexpr int64_t kKeepMs = 60'000;

protocol::SubscriptionData Sql(const std::string& topic, const std::string& expression,
                               int64_t version) {
  protocol::SubscriptionData data;
  data.topic = topic;
  data.sub_string = expression;
  data.expression_type = protocol::kSql92Expression;
  data.sub_version = version;
  return data;
}

class ConsumerFilterTableTest : public testing::Test {
 protected:
  ConsumerFilterTableTest() {
    char name[] = "/tmp/rewind-filter-test-XXXXXX";
    directory_ = mkdtemp(name);
    table_ = Load();
  }
  ~ConsumerFilterTableTest() override { std::filesystem::remove_all(directory_); }

  std::string path() const { return directory_ + "/consumerFilter.json"; }
  std::unique_ptr<ConsumerFilterTable> Load() {
    return ConsumerFilterTable::Load(path(), kKeepMs, &clock_);
  }
  bool Matches(const std::string& properties) {
    auto found = table_->Find("CG", "T");
    return found && SqlMatcher(found->compiled).Matches(properties);
  }

  std::string directory_;
  FakeClock clock_{1'700'000'000'000};
  std::unique_ptr<ConsumerFilterTable> table_;
};

TEST_F(ConsumerFilterTableTest, ANewerVersionReplacesAndAnOlderOneIsIgnored) {
  table_->Register("CG", {Sql("T", "a = '1'", 10)});
  auto first = table_->Find("CG", "T");
  table_->Register("CG", {Sql("T", "a = '1'", 10)});
  EXPECT_EQ(table_->Find("CG", "T")->compiled, first->compiled);  // compiled once
  table_->Register("CG", {Sql("T", "a = '0'", 9)});
  EXPECT_TRUE(
      Matches("a\x01"
              "1\x02"));
  table_->Register("CG", {Sql("T", "a = '2'", 11)});
  EXPECT_TRUE(
      Matches("a\x01"
              "2\x02"));
  EXPECT_EQ(table_->Find("CG", "T")->client_version, 11);
}

TEST_F(ConsumerFilterTableTest, WhatDoesNotCompileIsNoFilter) {
  table_->Register("CG", {Sql("T", "a = '1'", 10)});
  table_->Register("CG", {Sql("T", "a = ", 11)});
  EXPECT_FALSE(table_->Find("CG", "T").has_value());
  EXPECT_FALSE(table_->Find("CG", "U").has_value());
  protocol::SubscriptionData tags;
  tags.topic = "V";
  table_->Register("CG", {tags});
  EXPECT_FALSE(table_->Find("CG", "V").has_value());
}

TEST_F(ConsumerFilterTableTest, OutlivesARestartAndItsGroupForAWhile) {
  table_->Register("CG", {Sql("T", "a > 5", 10)});
  table_->Unregister("CG");
  ASSERT_TRUE(table_->Persist().ok());
  clock_.AdvanceMs(kKeepMs - 1);
  table_ = Load();
  EXPECT_TRUE(
      Matches("a\x01"
              "6\x02"));
  EXPECT_FALSE(
      Matches("a\x01"
              "5\x02"));
  clock_.AdvanceMs(1);
  ASSERT_TRUE(table_->Persist().ok());
  EXPECT_FALSE(table_->Find("CG", "T").has_value());
  EXPECT_FALSE(Load()->Find("CG", "T").has_value());
}

TEST_F(ConsumerFilterTableTest, AHeartbeatBringsADeadFilterBack) {
  table_->Register("CG", {Sql("T", "a > 5", 10)});
  table_->Register("CG", {});
  table_->Register("CG", {Sql("T", "a > 5", 10)});
  clock_.AdvanceMs(10 * kKeepMs);
  ASSERT_TRUE(table_->Persist().ok());
  EXPECT_TRUE(table_->Find("CG", "T").has_value());
}

TEST_F(ConsumerFilterTableTest, ReadsJavasFile) {
  std::ofstream(path())
      << R"({"filterDataByTopic":{"T":{"groupFilterData":{"CG":{"bloomFilterData":{"bitNum":112,)"
      << R"("bitPos":[1,2]},"bornTime":5,"clientVersion":10,"consumerGroup":"CG","dead":false,)"
      << R"("deadTime":0,"expression":"a > 5","expressionType":"SQL92","topic":"T"}},)"
      << R"("topic":"T"}}})";
  table_ = Load();
  EXPECT_TRUE(
      Matches("a\x01"
              "6\x02"));
}

TEST_F(ConsumerFilterTableTest, ADamagedFileIsPutAside) {
  std::ofstream(path()) << "{\"filterDataByTopic\":7}";
  table_ = Load();
  EXPECT_FALSE(table_->Find("CG", "T").has_value());
  table_->Register("CG", {Sql("T", "a > 5", 10)});
  EXPECT_TRUE(table_->Persist().ok());
}

TEST_F(ConsumerFilterTableTest, CompilesAPullsSelectorOnce) {
  auto first = table_->Compile("a > 5");
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(*table_->Compile("a > 5"), *first);
  EXPECT_FALSE(table_->Compile("a >").ok());
}

}  // namespace
}  // namespace rewindmq::broker
