#include "broker/store/index_key.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rewindmq::store {
namespace {

std::string Property(std::string_view name, std::string_view value) {
  return std::string(name) + '\x01' + std::string(value) + '\x02';
}

std::vector<std::string> KeysOf(const std::string& properties) {
  Record record;
  record.topic = "T";
  record.properties = properties;
  std::vector<std::string> keys;
  ForEachIndexKey(record, [&](std::string_view key, IndexKeyKind kind) {
    keys.push_back((kind == IndexKeyKind::kTags ? "tags:" : "") + std::string(key));
  });
  return keys;
}

// String.hashCode of "T#k1" and so on, taken from Java.
TEST(IndexKeyTest, HashesAsJava) {
  EXPECT_EQ(IndexHash("TopicTest", "K17", IndexKeyKind::kKey), 85096047);
  EXPECT_EQ(IndexHash("T", "k1", IndexKeyKind::kKey), 2539445);
  EXPECT_EQ(IndexHash("T", "TagA", IndexKeyKind::kTags), 490158619);  // is negative in Java
  EXPECT_EQ(IndexHash("T", "订单😀", IndexKeyKind::kKey), 770612379);  // over UTF-16 units
  EXPECT_EQ(IndexHash("T", "k498eivuz", IndexKeyKind::kKey), 0);      // Integer.MIN_VALUE
}

TEST(IndexKeyTest, TheUniqueIdEveryWordOfTheKeysAndTheTags) {
  using Keys = std::vector<std::string>;
  EXPECT_EQ(KeysOf(""), Keys());
  EXPECT_EQ(KeysOf(Property("KEYS", "a  b c ") + Property("WAIT", "true") +
                   Property("UNIQ_KEY", "C0A8") + Property("TAGS", "TagA")),
            (Keys{"C0A8", "a", "b", "c", "tags:TagA"}));
  EXPECT_EQ(KeysOf(Property("KEYS", " ")), Keys());
  EXPECT_EQ(KeysOf(Property("KEYS", "") + Property("TAGS", "")), Keys());
}

TEST(IndexKeyTest, ComparesWholeKeysOfTheirKind) {
  Record record;
  std::string properties =
      Property("KEYS", "order-1 order-2") + Property("UNIQ_KEY", "C0A8") + Property("TAGS", "TagA");
  record.properties = properties;
  EXPECT_TRUE(HasIndexKey(record, "order-2", IndexKeyKind::kKey));
  EXPECT_TRUE(HasIndexKey(record, "C0A8", IndexKeyKind::kKey));
  EXPECT_TRUE(HasIndexKey(record, "TagA", IndexKeyKind::kTags));
  EXPECT_FALSE(HasIndexKey(record, "order", IndexKeyKind::kKey));
  EXPECT_FALSE(HasIndexKey(record, "order-1 order-2", IndexKeyKind::kKey));
  EXPECT_FALSE(HasIndexKey(record, "TagA", IndexKeyKind::kKey));
  EXPECT_FALSE(HasIndexKey(record, "", IndexKeyKind::kKey));
}

TEST(IndexKeyTest, WhatWasRolledBackIsNotIndexed) {
  EXPECT_TRUE(IsIndexed(0));
  EXPECT_TRUE(IsIndexed(kSysFlagTransactionPrepared));
  EXPECT_TRUE(IsIndexed(kSysFlagTransactionCommit | 1));
  EXPECT_FALSE(IsIndexed(kSysFlagTransactionRollback | 1));
}

}  // namespace
}  // namespace rewindmq::store
