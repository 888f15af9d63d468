#include "broker/store/index_file.h"

#include <random>

#include "common/base/bytes.h"
#include "tests/unit/broker/store/index_disk.h"
#include "tests/unit/broker/store/store_fixture.h"

namespace rewindmq::store {
namespace {

using testing::Test;
using Offsets = std::vector<int64_t>;

constexpr IndexShape kShape{10, 6};  // five entries can be used
constexpr int64_t kEntries = 40 + 10 * 4;

class IndexFileTest : public Test {
 protected:
  std::shared_ptr<IndexFile> Open(IndexShape shape = kShape) {
    Result<std::shared_ptr<IndexFile>> file = IndexFile::Open(&RealDisk(), path_, shape);
    EXPECT_TRUE(file.ok()) << file.status().ToString();
    return *file;
  }
  static Offsets Find(const IndexFile& file, int32_t hash, int64_t begin_ms = 0,
                      int64_t end_ms = INT64_MAX) {
    Offsets found;
    file.Find(hash, begin_ms, end_ms, [&](int64_t offset) {
      found.push_back(offset);
      return true;
    });
    return found;
  }
  static void Put(IndexFile* file, int32_t hash, int64_t offset, int64_t time_ms) {
    Status put = file->Put(hash, offset, time_ms);
    ASSERT_TRUE(put.ok()) << put.ToString();
  }
  template <typename T>
  void Overwrite(int64_t position, T value) {
    std::string bytes;
    AppendBe(&bytes, value);
    OverwriteFile(path_, position, bytes);
  }

  TemporaryFolder folder_;
  std::string path_ = folder_.path() + "/20240102030405678";
};

std::string Hex(std::string_view bytes) {
  std::string hex;
  for (char c : bytes) {
    hex += "0123456789abcdef"[(c >> 4) & 15];
    hex += "0123456789abcdef"[c & 15];
  }
  return hex;
}

// Written out by hand from the format's description.
TEST_F(IndexFileTest, EveryByteIsWhereJavaLooksForIt) {
  {
    std::shared_ptr<IndexFile> file = Open();
    Put(file.get(), 0x11, 0, 1'700'000'000'000);            // slot 17 % 10 = 7
    Put(file.get(), 0x1B, 0x123, 1'700'000'001'999);        // slot 7 too, one second later
    Put(file.get(), 0x7FFFFFFF, 0x200, 1'700'000'003'000);  // slot 7 as well
    Put(file.get(), 0, 0x200, 1'700'000'003'000);           // slot 0
  }
  EXPECT_EQ(std::filesystem::file_size(path_), 40U + 10 * 4 + 6 * 20);
  EXPECT_EQ(Hex(ReadPart(path_, 0, 40)),
            "0000018bcfe56800"  // begin time
            "0000018bcfe573b8"  // end time
            "0000000000000000"  // begin physical offset
            "0000000000000200"  // end physical offset
            "00000002"          // slots in use
            "00000005");        // next free entry
  EXPECT_EQ(Hex(ReadPart(path_, 40, 40)),
            "00000004"
            "00000000"
            "00000000"
            "00000000"
            "00000000"
            "00000000"
            "00000000"
            "00000003"
            "00000000"
            "00000000");
  EXPECT_EQ(Hex(ReadPart(path_, kEntries, 6 * 20)),
            "0000000000000000000000000000000000000000"
            "00000011"
            "0000000000000000"
            "00000000"
            "00000000"
            "0000001b"
            "0000000000000123"
            "00000001"
            "00000001"
            "7fffffff"
            "0000000000000200"
            "00000003"
            "00000002"
            "00000000"
            "0000000000000200"
            "00000003"
            "00000000"
            "0000000000000000000000000000000000000000");
}

TEST_F(IndexFileTest, TheDefaultShapeIsJavas) { EXPECT_EQ(IndexShape{}.file_bytes(), 420'000'040); }

TEST_F(IndexFileTest, FindsTheNewestFirstAndOnlyTheHashThatWasAsked) {
  std::shared_ptr<IndexFile> file = Open();
  Put(file.get(), 7, 100, kStartMs);
  Put(file.get(), 17, 200, kStartMs);
  Put(file.get(), 7, 300, kStartMs);
  EXPECT_EQ(Find(*file, 7), (Offsets{300, 100}));
  EXPECT_EQ(Find(*file, 17), (Offsets{200}));
  EXPECT_EQ(Find(*file, 27), (Offsets{}));
  EXPECT_EQ(Find(*file, 8), (Offsets{}));
  int visits = 0;
  EXPECT_FALSE(file->Find(7, 0, INT64_MAX, [&](int64_t) { return ++visits == 0; }));
  EXPECT_EQ(visits, 1);
}

TEST_F(IndexFileTest, TimesAreKnownToTheSecondAndNothingInsideIsMissed) {
  std::shared_ptr<IndexFile> file = Open();
  Put(file.get(), 1, 100, kStartMs);
  Put(file.get(), 1, 200, kStartMs + 5'999);
  Put(file.get(), 1, 300, kStartMs + 9'000);
  // Java, which compares the start of the second, does not find the second one here.
  EXPECT_EQ(Find(*file, 1, kStartMs + 5'999, kStartMs + 5'999), (Offsets{200}));
  EXPECT_EQ(Find(*file, 1, kStartMs, kStartMs), (Offsets{100}));
  EXPECT_EQ(Find(*file, 1, kStartMs + 10'000, INT64_MAX), (Offsets{}));
  EXPECT_EQ(Find(*file, 1, INT64_MIN, INT64_MAX), (Offsets{300, 200, 100}));
}

TEST_F(IndexFileTest, AFullFileSaysSo) {
  std::shared_ptr<IndexFile> file = Open();
  for (int i = 1; i <= 5; ++i) {
    EXPECT_FALSE(file->full());
    Put(file.get(), i, i * 100, kStartMs);
  }
  EXPECT_TRUE(file->full());
  for (int i = 1; i <= 5; ++i) EXPECT_EQ(Find(*file, i), (Offsets{i * 100}));
}

TEST_F(IndexFileTest, AnOpenedFileGoesOnWhereItEnded) {
  {
    std::shared_ptr<IndexFile> file = Open();
    Put(file.get(), 7, 100, kStartMs);
    Put(file.get(), 17, 200, kStartMs + 2000);
  }
  std::shared_ptr<IndexFile> file = Open();
  EXPECT_EQ(file->begin_ms(), kStartMs);
  EXPECT_EQ(file->end_ms(), kStartMs + 2000);
  EXPECT_EQ(file->begin_offset(), 100);
  EXPECT_EQ(file->end_offset(), 200);
  Put(file.get(), 7, 300, kStartMs + 3000);
  EXPECT_EQ(Find(*file, 7), (Offsets{300, 100}));
  EXPECT_EQ(Find(*file, 17), (Offsets{200}));
}

TEST_F(IndexFileTest, TimesThatNoEntryCanHoldAreClamped) {
  std::shared_ptr<IndexFile> file = Open();
  Put(file.get(), 1, 100, 5'000);
  Put(file.get(), 1, 200, 1'000);      // the clock was set back
  Put(file.get(), 1, 300, INT64_MAX);  // more seconds than an entry has room for
  Put(file.get(), 1, 400, INT64_MIN);
  EXPECT_EQ(Hex(ReadPart(path_, kEntries + 2 * 20 + 12, 4)), "00000000");
  EXPECT_EQ(Hex(ReadPart(path_, kEntries + 3 * 20 + 12, 4)), "7fffffff");
  EXPECT_EQ(Hex(ReadPart(path_, kEntries + 4 * 20 + 12, 4)), "00000000");
}

TEST_F(IndexFileTest, AFileThatFollowsBeginsWhereTheOtherEnded) {
  std::shared_ptr<IndexFile> first = Open();
  Put(first.get(), 1, 100, kStartMs);
  Put(first.get(), 1, 200, kStartMs + 7000);
  path_ += "1";
  std::shared_ptr<IndexFile> second = Open();
  ASSERT_TRUE(second->StartBehind(*first).ok());
  EXPECT_TRUE(second->empty());
  EXPECT_EQ(Hex(ReadPart(path_, 24, 8)), "00000000000000c8");
  Put(second.get(), 1, 300, kStartMs + 99'000);
  EXPECT_EQ(second->begin_ms(), kStartMs + 99'000);
  EXPECT_EQ(second->begin_offset(), 300);
  EXPECT_EQ(Find(*second, 1, kStartMs + 99'000, kStartMs + 99'000), (Offsets{300}));
}

TEST_F(IndexFileTest, DamagedChainsEnd) {
  {
    std::shared_ptr<IndexFile> file = Open();
    for (int i = 1; i <= 4; ++i) Put(file.get(), 7, i * 100, kStartMs);
  }
  constexpr int64_t kPrevious = 16;
  for (int32_t bad : {4, 5, 6, 1000, INT32_MAX, -1, INT32_MIN}) {
    Overwrite<int32_t>(kEntries + 4 * 20 + kPrevious, bad);  // of the newest entry
    EXPECT_EQ(Find(*Open(), 7), (Offsets{400})) << bad;
    Overwrite<int32_t>(kEntries + 4 * 20 + kPrevious, 3);
    Overwrite<int32_t>(kEntries + 2 * 20 + kPrevious, bad == 5 ? 3 : bad);  // a circle
    EXPECT_EQ(Find(*Open(), 7), (Offsets{400, 300, 200})) << bad;
    Overwrite<int32_t>(kEntries + 2 * 20 + kPrevious, 1);
  }
  for (int32_t bad : {5, 6, 7, INT32_MAX, -1, INT32_MIN}) {
    Overwrite<int32_t>(40 + 7 * 4, bad);
    EXPECT_EQ(Find(*Open(), 7), (Offsets{})) << bad;
  }
}

TEST_F(IndexFileTest, DamagedHeadersAreReadAndWrittenWithinTheFile) {
  for (int32_t bad : {0, -5, 6, 7, 1'000'000, INT32_MAX, INT32_MIN}) {
    std::filesystem::remove(path_);
    Open();
    Overwrite<int64_t>(0, INT64_MAX);
    Overwrite<int64_t>(8, INT64_MIN);
    Overwrite<int32_t>(36, bad);
    std::shared_ptr<IndexFile> file = Open();
    if (!file->full()) Put(file.get(), 7, 100, kStartMs);
    Find(*file, 7);
    EXPECT_LE(file->next_entry(), 6) << bad;
  }
}

TEST_F(IndexFileTest, NoiseIsSurvived) {
  std::mt19937 random(20240611);
  std::string noise(static_cast<size_t>(kShape.file_bytes()), '\0');
  for (int round = 0; round < 200; ++round) {
    for (char& c : noise) c = static_cast<char>(random() % 4 == 0 ? random() : 0);
    Open();
    OverwriteFile(path_, 0, noise);
    std::shared_ptr<IndexFile> file = Open();
    for (int32_t hash = 0; hash < 10; ++hash) {
      EXPECT_LE(Find(*file, hash, INT64_MIN, INT64_MAX).size(), 5U);
    }
    ASSERT_TRUE(file->Rebuild(INT64_MAX, [](int64_t) { return std::nullopt; }).ok());
    while (!file->full()) Put(file.get(), 3, INT64_MAX, INT64_MAX);
    Find(*file, 3, INT64_MIN, INT64_MAX);
    std::filesystem::remove(path_);
  }
}

TEST_F(IndexFileTest, SlotsAndHeaderAreBuiltAgainFromTheEntries) {
  std::string whole;
  {
    std::shared_ptr<IndexFile> file = Open();
    Put(file.get(), 7, 100, kStartMs);
    Put(file.get(), 17, 200, kStartMs + 1000);
    Put(file.get(), 3, 200, kStartMs + 1000);
    whole = ReadPart(path_, 0, static_cast<size_t>(kShape.file_bytes()));
    Put(file.get(), 7, 300, kStartMs + 5000);
  }
  // Power loss: slots are newer or older than the entries, the header too.
  Overwrite<int32_t>(40 + 7 * 4, 5);
  Overwrite<int32_t>(40 + 3 * 4, 0);
  Overwrite<int32_t>(40 + 9 * 4, 77);
  Overwrite<int32_t>(36, 2);
  auto time_of = [](int64_t offset) -> std::optional<int64_t> {
    if (offset == 100) return kStartMs;
    return offset == 200 ? kStartMs + 1000 : kStartMs + 5000;
  };
  std::shared_ptr<IndexFile> file = Open();
  ASSERT_TRUE(file->Rebuild(300, time_of).ok());
  EXPECT_EQ(Hex(ReadPart(path_, 0, whole.size())), Hex(whole));
  EXPECT_EQ(Find(*file, 7), (Offsets{100}));
  Put(file.get(), 7, 300, kStartMs + 5000);
  EXPECT_EQ(Find(*file, 7), (Offsets{300, 100}));
}

TEST_F(IndexFileTest, RebuildingKeepsWhatIsInFrontOfADamage) {
  {
    std::shared_ptr<IndexFile> file = Open();
    for (int i = 1; i <= 5; ++i) Put(file.get(), 7, i * 100, kStartMs + i * 1000);
  }
  Overwrite<int64_t>(kEntries + 4 * 20 + 4, 50);  // goes back
  std::shared_ptr<IndexFile> file = Open();
  ASSERT_TRUE(file->Rebuild(INT64_MAX, [](int64_t) { return std::nullopt; }).ok());
  EXPECT_EQ(Find(*file, 7), (Offsets{300, 200, 100}));
  EXPECT_EQ(file->end_offset(), 300);
  EXPECT_EQ(file->end_ms(), kStartMs + 1000 + 2000);
  EXPECT_EQ(ReadPart(path_, kEntries + 4 * 20, 40), std::string(40, '\0'));
}

TEST_F(IndexFileTest, AFullDiskIsAnErrorAndChangesNothing) {
  MemoryDisk disk;
  disk.full = true;
  std::shared_ptr<IndexFile> file = *IndexFile::Open(&disk, path_, kShape);
  EXPECT_EQ(file->Put(7, 100, kStartMs).code(), ErrorCode::kResourceExhausted);
  EXPECT_TRUE(file->empty());
  EXPECT_EQ(Find(*file, 7), (Offsets{}));
  disk.full = false;
  Put(file.get(), 7, 100, kStartMs);
  disk.full = true;
  EXPECT_EQ(file->Put(7, 200, kStartMs).code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(Find(*file, 7), (Offsets{100}));
  EXPECT_EQ(file->end_offset(), 100);
}

}  // namespace
}  // namespace rewindmq::store
