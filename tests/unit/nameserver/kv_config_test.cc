#include "nameserver/kv_config.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "common/base/file.h"

namespace rewindmq::nameserver {
namespace {

class KvConfigTest : public testing::Test {
 protected:
  KvConfigTest() {
    char folder[] = "/tmp/rewind-kv-XXXXXX";
    folder_ = mkdtemp(folder);
    path_ = folder_ + "/kvConfig.json";
  }
  ~KvConfigTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& path, const std::string& text) {
    ASSERT_TRUE(ReplaceFile(path, text).ok());
  }

  std::string folder_;
  std::string path_;
};

TEST_F(KvConfigTest, NoFileIsEmpty) {
  KvConfig kv = *KvConfig::Load(path_);
  EXPECT_EQ(kv.Namespace("x"), nullptr);
  EXPECT_EQ(kv.Find("x", "y"), std::nullopt);
}

TEST_F(KvConfigTest, ReadsWhatJavaWrote) {
  Write(path_, "{\n\t\"configTable\":{\"ORDER_TOPIC_CONFIG\":{\"T\":\"broker-a:4\"\n\t\t}\n\t}\n}");
  EXPECT_EQ(KvConfig::Load(path_)->Find("ORDER_TOPIC_CONFIG", "T"), "broker-a:4");
}

TEST_F(KvConfigTest, FallsBackToTheFormerFile) {
  Write(path_ + ".bak", R"({"configTable":{"n":{"k":"old"}}})");
  EXPECT_EQ(KvConfig::Load(path_)->Find("n", "k"), "old");
  Write(path_, "{broken");
  Write(path_ + ".bak", R"({"configTable":{"n":{"k":"old"}}})");
  EXPECT_EQ(KvConfig::Load(path_)->Find("n", "k"), "old");
}

TEST_F(KvConfigTest, ABrokenFileIsNotTakenForAnEmptyOne) {
  for (const char* text : {"", "{broken", "[]", R"({"configTable":[]})",
                           R"({"configTable":{"n":1}})", R"({"configTable":{"n":{"k":[]}}})"}) {
    std::filesystem::remove(path_ + ".bak");
    std::filesystem::remove(path_);
    Write(path_, text);
    std::filesystem::remove(path_ + ".bak");
    Result<KvConfig> kv = KvConfig::Load(path_);
    EXPECT_EQ(kv.status().code(), ErrorCode::kCorruption) << text;
    EXPECT_NE(kv.status().message().find(path_), std::string::npos);
  }
}

TEST_F(KvConfigTest, ChangesAreOnDiskAtOnce) {
  KvConfig kv = *KvConfig::Load(path_);
  ASSERT_TRUE(kv.Put("n", "a", "1").ok());
  ASSERT_TRUE(kv.Put("n", "b", "2").ok());
  ASSERT_TRUE(kv.Delete("n", "a").ok());
  ASSERT_TRUE(kv.Delete("n", "absent").ok());
  KvConfig again = *KvConfig::Load(path_);
  EXPECT_EQ(again.Find("n", "a"), std::nullopt);
  EXPECT_EQ(*again.Namespace("n"), (protocol::KvTable{{"b", "2"}}));
}

TEST_F(KvConfigTest, IsBounded) {
  KvConfig kv = *KvConfig::Load(path_);
  EXPECT_EQ(kv.Put("n", "a", std::string(kMaxKvConfigBytes, 'x')).code(),
            ErrorCode::kResourceExhausted);
  EXPECT_EQ(kv.Find("n", "a"), std::nullopt);
}

}  // namespace
}  // namespace rewindmq::nameserver
