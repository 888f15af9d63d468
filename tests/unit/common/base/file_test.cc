#include "common/base/file.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

namespace rewindmq {
namespace {

class FileTest : public testing::Test {
 protected:
  FileTest() {
    char name[] = "/tmp/rewind-file-test-XXXXXX";
    directory_ = mkdtemp(name);
  }
  ~FileTest() override { std::filesystem::remove_all(directory_); }
  std::string directory_;
};

TEST_F(FileTest, ReplaceKeepsThePreviousContent) {
  std::string path = directory_ + "/topics.json";
  ASSERT_TRUE(ReplaceFile(path, "one").ok());
  EXPECT_FALSE(FileExists(path + ".bak"));
  ASSERT_TRUE(ReplaceFile(path, "two").ok());
  EXPECT_EQ(*ReadFile(path), "two");
  EXPECT_EQ(*ReadFile(path + ".bak"), "one");
  EXPECT_FALSE(FileExists(path + ".tmp"));
}

TEST_F(FileTest, MissingFileIsNotFound) {
  EXPECT_EQ(ReadFile(directory_ + "/none").status().code(), ErrorCode::kNotFound);
}

TEST_F(FileTest, LimitIsEnforced) {
  std::string path = directory_ + "/big";
  ASSERT_TRUE(ReplaceFile(path, std::string(1000, 'x')).ok());
  EXPECT_EQ(ReadFile(path, 999).status().code(), ErrorCode::kResourceExhausted);
}

TEST_F(FileTest, ReplaceInMissingFolderFailsAndNamesThePath) {
  Status status = ReplaceFile(directory_ + "/no/such/file", "x");
  EXPECT_EQ(status.code(), ErrorCode::kNotFound);
  EXPECT_NE(status.message().find("/no/such/file"), std::string::npos);
}

TEST_F(FileTest, ListsSortedNames) {
  ASSERT_TRUE(ReplaceFile(directory_ + "/b", "").ok());
  ASSERT_TRUE(ReplaceFile(directory_ + "/a", "").ok());
  EXPECT_EQ(*ListDirectory(directory_), (std::vector<std::string>{"a", "b"}));
}

}  // namespace
}  // namespace rewindmq
