#include "common/base/metadata_file.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "common/base/file.h"

namespace rewindmq {
namespace {

class MetadataFileTest : public testing::Test {
 protected:
  MetadataFileTest() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "metadata_test_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    path_ = folder_ + "/topics.json";
  }
  ~MetadataFileTest() override { std::filesystem::remove_all(folder_); }

  Result<std::string> Load() {
    return LoadMetadataFile<std::string>(
        RealFileSystem(), path_, [](std::string text) -> Result<std::string> { return text; });
  }
  void Save(std::string_view text) {
    ASSERT_TRUE(SaveMetadataFile(RealFileSystem(), path_, text).ok());
  }

  std::string folder_;
  std::string path_;
};

TEST_F(MetadataFileTest, TheChecksumIsTheLastMember) {
  EXPECT_EQ(SealMetadata("{}"), "{\n\t\"crc32\":\"15d54739\"\n}");
  EXPECT_EQ(SealMetadata("{\"a\":1}\n"), "{\"a\":1,\n\t\"crc32\":\"a702fc6e\"\n}");
  EXPECT_EQ(*UnsealMetadata(SealMetadata("{\"a\":1}")), "{\"a\":1\n}");
}

TEST_F(MetadataFileTest, AFileWithoutChecksumIsTakenAsItIs) {
  ASSERT_TRUE(ReplaceFile(path_, "{\"byJava\":true}").ok());
  EXPECT_EQ(*Load(), "{\"byJava\":true}");
}

TEST_F(MetadataFileTest, EveryFlippedBitIsFoundAndThePreviousCopyUsed) {
  Save("{\"value\":1}");
  Save("{\"value\":2}");
  const std::string whole = *ReadFile(path_);
  for (size_t bit = 0; bit < (whole.find("\"crc32\"") - 2) * 8; ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_TRUE(RealFileSystem().Write(path_, damaged, FileSystem::Sync::kNo).ok());
    ASSERT_EQ(*Load(), "{\"value\":1\n}") << "bit " << bit;
    EXPECT_EQ(*ReadFile(path_ + ".damaged"), damaged);
  }
}

TEST_F(MetadataFileTest, TheGoodCopyOutlivesASaveThatEndsHalfWay) {
  Save("{\"value\":1}");
  Save("{\"value\":2}");
  ASSERT_TRUE(RealFileSystem().Remove(path_).ok());
  ASSERT_TRUE(RealFileSystem().Write(path_ + ".tmp", "{\"val", FileSystem::Sync::kNo).ok());
  EXPECT_EQ(*Load(), "{\"value\":1\n}");
  Save("{\"value\":3}");
  EXPECT_EQ(*ReadFile(path_ + ".bak"), SealMetadata("{\"value\":1}")) << "nothing newer was whole";
}

TEST_F(MetadataFileTest, BothMissingIsANewServerAndBothDamagedIsAnError) {
  EXPECT_EQ(Load().status().code(), ErrorCode::kNotFound);
  std::string damaged = SealMetadata("{\"value\":1}");
  damaged[3] = 'X';
  ASSERT_TRUE(RealFileSystem().Write(path_, damaged, FileSystem::Sync::kNo).ok());
  EXPECT_EQ(Load().status().code(), ErrorCode::kCorruption);
  EXPECT_EQ(*ReadFile(path_), damaged) << "left for people to look at";
}

}  // namespace
}  // namespace rewindmq
