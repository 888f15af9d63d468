#include "broker/store/consume_queue_ext.h"

#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "broker/store/consume_queue_ext_table.h"
#include "common/base/bytes.h"
#include "common/base/file.h"
#include "tests/unit/broker/store/index_disk.h"
#include "tests/unit/broker/store/store_fixture.h"

namespace rewindmq::store {
namespace {

using testing::Test;
using Strings = std::vector<std::string>;

constexpr int64_t kSegmentBytes = 64;
constexpr int64_t kTagA = 2598919;  // "TagA".hashCode()

class ConsumeQueueExtTest : public Test {
 protected:
  std::unique_ptr<ConsumeQueueExt> Open() {
    auto ext = std::make_unique<ConsumeQueueExt>(&RealDisk(), folder(), kSegmentBytes);
    EXPECT_TRUE(ext->Load().ok());
    return ext;
  }
  static int64_t Append(ConsumeQueueExt* ext, int64_t tags_code, std::string bitmap = "") {
    Result<int64_t> address = ext->Append({tags_code, kStartMs, std::move(bitmap)});
    EXPECT_TRUE(address.ok()) << address.status().ToString();
    return address.ok() ? *address : 0;
  }
  std::string folder() const { return folder_.path() + "/consumequeue_ext/T/0"; }
  std::string File(int64_t base) const { return folder() + "/" + SegmentName(base); }

  TemporaryFolder folder_;
};

TEST_F(ConsumeQueueExtTest, EveryByteIsWhereJavaLooksForIt) {
  std::unique_ptr<ConsumeQueueExt> ext = Open();
  EXPECT_EQ(Append(ext.get(), kTagA, "\x01\x02"), INT64_MIN);
  EXPECT_EQ(Append(ext.get(), -1), INT64_MIN + 22);
  // 22 bytes are left, and with the four that stay blank the next unit does not fit.
  EXPECT_EQ(Append(ext.get(), 7), INT64_MIN + 64);
  EXPECT_EQ(ReadPart(File(0), 0, 64), std::string("\x00\x16"
                                                  "\x00\x00\x00\x00\x00\x27\xA8\x07"
                                                  "\x00\x00\x01\x8B\xCF\xE5\x68\x00"
                                                  "\x00\x02"
                                                  "\x01\x02"
                                                  "\x00\x14"
                                                  "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
                                                  "\x00\x00\x01\x8B\xCF\xE5\x68\x00"
                                                  "\x00\x00"
                                                  "\xFF\xFF",
                                                  44) +
                                          std::string(20, '\0'));
  EXPECT_EQ(std::filesystem::file_size(File(64)), 64U);
}

TEST_F(ConsumeQueueExtTest, AddressesAreWhatNoTagsCodeCanBe) {
  EXPECT_FALSE(IsQueueExtAddress(INT32_MIN));
  EXPECT_FALSE(IsQueueExtAddress(0));
  EXPECT_FALSE(IsQueueExtAddress(kStartMs));
  EXPECT_TRUE(IsQueueExtAddress(int64_t{INT32_MIN} - 1));
  EXPECT_TRUE(IsQueueExtAddress(INT64_MIN));
}

TEST_F(ConsumeQueueExtTest, ReadsWhatWasAppendedAlsoAfterAnOpen) {
  std::vector<int64_t> addresses;
  for (int round = 0; round < 3; ++round) {
    std::unique_ptr<ConsumeQueueExt> ext = Open();
    for (int i = 0; i < 5; ++i) {
      int n = round * 5 + i;
      addresses.push_back(Append(ext.get(), n, std::string(static_cast<size_t>(n), 'b')));
    }
    ASSERT_TRUE(ext->Flush().ok());
  }
  std::unique_ptr<ConsumeQueueExt> ext = Open();
  for (int n = 0; n < 15; ++n) {
    std::optional<QueueExtUnit> unit = ext->At(addresses[static_cast<size_t>(n)]);
    ASSERT_TRUE(unit.has_value()) << n;
    EXPECT_EQ(unit->tags_code, n);
    EXPECT_EQ(unit->store_timestamp_ms, kStartMs);
    EXPECT_EQ(unit->bitmap, std::string(static_cast<size_t>(n), 'b'));
  }
}

TEST_F(ConsumeQueueExtTest, NothingIsReadWhereNoUnitLies) {
  std::unique_ptr<ConsumeQueueExt> ext = Open();
  EXPECT_FALSE(ext->At(INT64_MIN).has_value());
  for (int i = 0; i < 4; ++i) Append(ext.get(), i);  // one in the second segment
  for (int64_t position :
       {int64_t{1}, int64_t{19}, int64_t{60}, int64_t{63}, int64_t{84}, int64_t{127}, int64_t{128},
        int64_t{1} << 40, INT64_MAX + int64_t{INT32_MIN}}) {
    EXPECT_FALSE(ext->At(INT64_MIN + position).has_value()) << position;
  }
  EXPECT_FALSE(ext->At(0).has_value());
  EXPECT_FALSE(ext->At(kTagA).has_value());
}

TEST_F(ConsumeQueueExtTest, WrongSizesAreNoUnits) {
  Append(Open().get(), 1, "bits");
  auto with_sizes = [&](int size, int bitmap_size) {
    std::string bytes;
    AppendBe(&bytes, static_cast<int16_t>(size));
    OverwriteFile(File(0), 0, bytes);
    bytes.clear();
    AppendBe(&bytes, static_cast<int16_t>(bitmap_size));
    OverwriteFile(File(0), 18, bytes);
    return Open()->At(INT64_MIN).has_value();
  };
  EXPECT_TRUE(with_sizes(24, 4));
  EXPECT_TRUE(with_sizes(64, 44));  // up to the segment's end
  for (int size : {0, -1, 1, 19, 23, 25, 64, 32767, -32768}) {
    EXPECT_FALSE(with_sizes(size, 4)) << size;
  }
  for (int size : {-1, -20, 45, 32767, -32768}) EXPECT_FALSE(with_sizes(20 + size, size)) << size;
}

TEST_F(ConsumeQueueExtTest, NoiseIsSurvived) {
  std::mt19937 random(42);
  Append(Open().get(), 1);
  for (int round = 0; round < 300; ++round) {
    std::string noise(kSegmentBytes, '\0');
    for (char& c : noise) c = static_cast<char>(random() % 3 == 0 ? random() : 0);
    OverwriteFile(File(0), 0, noise);
    std::unique_ptr<ConsumeQueueExt> ext = Open();
    for (int64_t at = 0; at < kSegmentBytes; ++at) (void)ext->At(INT64_MIN + at);
    int64_t address = Append(ext.get(), 5, "x");
    EXPECT_EQ(ext->At(address)->tags_code, 5);
    std::filesystem::remove(File(64));
  }
}

TEST_F(ConsumeQueueExtTest, WhatCannotBeAnAddressIsRefused) {
  std::unique_ptr<ConsumeQueueExt> ext = Open();
  EXPECT_EQ(ext->Append({1, 2, std::string(41, 'x')}).status().code(), ErrorCode::kInvalidArgument);
  EXPECT_FALSE(FileExists(File(0)));
}

TEST_F(ConsumeQueueExtTest, CutsBehindTheLastUnitThatIsNamed) {
  std::unique_ptr<ConsumeQueueExt> ext = Open();
  std::vector<int64_t> addresses;
  for (int i = 0; i < 6; ++i) addresses.push_back(Append(ext.get(), i));
  ASSERT_TRUE(ext->CutBehind(addresses[2]).ok());
  EXPECT_FALSE(FileExists(File(128)));
  EXPECT_EQ(ext->At(addresses[2])->tags_code, 2);
  EXPECT_FALSE(ext->At(addresses[3]).has_value());
  EXPECT_EQ(Append(ext.get(), 9), addresses[3]);
  EXPECT_EQ(Open()->At(addresses[3])->tags_code, 9);
  ASSERT_TRUE(ext->CutBehind(std::nullopt).ok());
  EXPECT_FALSE(FileExists(File(0)));
  EXPECT_EQ(Append(ext.get(), 1), INT64_MIN);
}

// A unit whose extension power loss took must not be given another message's.
TEST_F(ConsumeQueueExtTest, APlaceThatIsNamedIsNotGivenAgain) {
  std::unique_ptr<ConsumeQueueExt> ext = Open();
  Append(ext.get(), 1);
  int64_t lost = Append(ext.get(), 2);
  OverwriteFile(File(0), 20, std::string(44, '\0'));
  ASSERT_TRUE(ext->CutBehind(lost).ok());
  EXPECT_GT(Append(ext.get(), 3), lost);
  EXPECT_FALSE(ext->At(lost).has_value());
}

TEST_F(ConsumeQueueExtTest, FilesBeforeTheFirstUnitAreDeleted) {
  std::unique_ptr<ConsumeQueueExt> ext = Open();
  std::vector<int64_t> addresses;
  for (int i = 0; i < 6; ++i) addresses.push_back(Append(ext.get(), i));
  ASSERT_TRUE(ext->RemoveBefore(addresses[3]).ok());
  EXPECT_FALSE(FileExists(File(0)));
  EXPECT_TRUE(FileExists(File(64)));
  EXPECT_FALSE(ext->At(addresses[1]).has_value());
  EXPECT_EQ(ext->At(addresses[5])->tags_code, 5);
}

class ExtendedStoreTest : public StoreTest {
 protected:
  void OpenExtended(bool enabled = true, Disk* disk = nullptr) {
    StoreOptions options = Options();
    options.enable_consume_queue_ext = enabled;
    options.consume_queue_ext_segment_bytes = 4096;
    options.disk = disk;
    options.filter_bitmap_of = [](std::string_view topic, std::string_view properties) {
      return std::string(topic) + std::to_string(properties.size());
    };
    OpenWith(std::move(options));
  }
  void PutTagged(std::string_view tags, std::string_view body) {
    MessageToPut message = Message("T", 0, body);
    std::string properties = "TAGS\x01" + std::string(tags) + "\x02";
    message.properties = properties;
    message.tags_code = TagsCode(tags);
    PutResult put = store_->Put(message);
    ASSERT_TRUE(put.ok()) << put.error;
  }
  Strings WithTags(std::string_view tags) {
    Strings bodies;
    int64_t offset = 0;
    while (true) {
      GetResult got = store_->Get("T", 0, offset, 32, 1 << 20,
                                  [&](int64_t code) { return code == TagsCode(tags); });
      for (const RecordView& view : got.records) {
        bodies.emplace_back(DecodeRecord(view.bytes, CrcCheck::kVerify)->body);
      }
      if (got.next_begin_offset <= offset) return bodies;
      offset = got.next_begin_offset;
    }
  }
  int64_t KeptCode(int64_t offset) const {
    std::string unit = ReadPart(root() + "/consumequeue/T/0/" + SegmentName(0), offset * 20, 20);
    return LoadBe<int64_t>(unit.data() + 12);
  }
  std::string ExtFile() const { return root() + "/consumequeue_ext/T/0/" + SegmentName(0); }
};

TEST_F(ExtendedStoreTest, FiltersSeeTheRealTagsCode) {
  OpenExtended();
  PutTagged("TagA", "one");
  PutTagged("TagB", "two");
  PutTagged("TagA", "three");
  EXPECT_EQ(KeptCode(0), INT64_MIN);
  EXPECT_EQ(WithTags("TagA"), (Strings{"one", "three"}));
  Close();
  ConsumeQueueExt ext(&RealDisk(), root() + "/consumequeue_ext/T/0", 4096);
  ASSERT_TRUE(ext.Load().ok());
  EXPECT_EQ(ext.At(KeptCode(1))->tags_code, TagsCode("TagB"));
  EXPECT_EQ(ext.At(KeptCode(1))->store_timestamp_ms, kStartMs);
  EXPECT_EQ(ext.At(KeptCode(1))->bitmap, "T10");
  // Also when it is not written any more.
  OpenExtended(false);
  PutTagged("TagA", "four");
  EXPECT_EQ(KeptCode(3), TagsCode("TagA"));
  EXPECT_EQ(WithTags("TagA"), (Strings{"one", "three", "four"}));
}

TEST_F(ExtendedStoreTest, WithoutItsExtensionAMessageIsFilteredByItsRecord) {
  OpenExtended();
  PutTagged("TagA", "one");
  PutTagged("TagB", "two");
  Close();
  // Other tags and another time: what another message left there.
  OverwriteFile(ExtFile(), 2, std::string("\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1", 16));
  OpenExtended();
  EXPECT_EQ(WithTags("TagA"), Strings{"one"});
  Close();
  std::filesystem::remove_all(root() + "/consumequeue_ext");
  OpenExtended(false);
  EXPECT_EQ(WithTags("TagA"), Strings{"one"});
  EXPECT_EQ(WithTags("TagB"), Strings{"two"});
  EXPECT_EQ(WithTags("TagC"), Strings());
}

TEST_F(ExtendedStoreTest, AKillCostsNothingAndTheQueueGoesOn) {
  pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    OpenExtended();
    for (int i = 0; i < 50; ++i) PutTagged(i % 2 == 0 ? "TagA" : "TagB", std::to_string(i));
    ::_exit(HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  OpenExtended();
  EXPECT_EQ(WithTags("TagA").size(), 25U);
  PutTagged("TagA", "50");
  EXPECT_LT(KeptCode(50), INT32_MIN);
  EXPECT_GT(KeptCode(50), KeptCode(49));
  EXPECT_EQ(WithTags("TagA").size(), 26U);
  EXPECT_EQ(WithTags("TagB").size(), 25U);
}

TEST_F(ExtendedStoreTest, DeletedTogetherWithTheQueue) {
  OpenExtended();
  PutTagged("TagA", "one");
  ASSERT_TRUE(FileExists(ExtFile()));
  store_->DeleteQueues("T");
  EXPECT_FALSE(FileExists(ExtFile()));
  PutTagged("TagB", "two");
  EXPECT_EQ(WithTags("TagB"), Strings{"two"});
  EXPECT_EQ(WithTags("TagA"), Strings());
}

TEST_F(ExtendedStoreTest, AFullDiskLeavesPlainUnits) {
  MemoryDisk disk;
  disk.full_path = "/consumequeue_ext/";
  disk.full = true;
  OpenExtended(true, &disk);
  PutTagged("TagA", "one");
  disk.full = false;
  PutTagged("TagA", "two");
  EXPECT_EQ(WithTags("TagA"), (Strings{"one", "two"}));
  Close();
}

TEST_F(ExtendedStoreTest, FilesOfAnotherSizeAreLeftAlone) {
  OpenExtended();
  PutTagged("TagA", "one");
  Close();
  std::filesystem::resize_file(ExtFile(), 8192);
  OpenExtended();
  EXPECT_EQ(WithTags("TagA"), Strings{"one"});
  PutTagged("TagB", "two");
  EXPECT_EQ(KeptCode(1), TagsCode("TagB"));
  EXPECT_EQ(std::filesystem::file_size(ExtFile()), 8192U);
}

}  // namespace
}  // namespace rewindmq::store
