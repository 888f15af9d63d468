#include "broker/store/index_table.h"

#include "common/base/file.h"
#include "tests/unit/broker/store/index_disk.h"
#include "tests/unit/broker/store/store_fixture.h"

namespace rewindmq::store {
namespace {

using testing::Test;
using Offsets = std::vector<int64_t>;

// The record at offset n * 100 was stored n seconds after the start, and has the key n.
class IndexTableTest : public Test {
 protected:
  IndexTable::Options Options(Disk* disk = &RealDisk()) {
    IndexTable::Options options;
    options.disk = disk;
    options.directory = directory();
    options.shape = {8, 5};  // four entries a file
    options.clock = &clock_;
    return options;
  }
  // Of an index whose newest entry is that of the record at `last`; 0 for an empty one.
  IndexTrust Trust(int64_t indexed_end, int64_t last) {
    IndexTrust trust;
    trust.was_closed = true;
    trust.indexed_end = indexed_end;
    if (last > 0) {
      trust.index_last_offset = last;
      trust.index_timestamp_ms = TimeOf(last);
    }
    trust.log_end = 1'000'000;
    trust.time_of = [](int64_t offset) { return TimeOf(offset); };
    return trust;
  }
  static int64_t TimeOf(int64_t offset) { return kStartMs + offset * 10; }
  void Open(const IndexTrust& trust, Disk* disk = &RealDisk()) {
    table_ = std::make_unique<IndexTable>(Options(disk));
    ASSERT_TRUE(table_->Load().ok());
    Result<int64_t> from = table_->Settle(trust);
    ASSERT_TRUE(from.ok()) << from.status().ToString();
    from_ = *from;
  }
  void OpenNew() {
    Open(Trust(0, 0));
    ASSERT_EQ(from_, 0);
  }
  void Put(int from, int end) {
    for (int i = from; i < end; ++i) {
      Status put = table_->Put(i, i * 100, TimeOf(i * 100));
      ASSERT_TRUE(put.ok()) << put.ToString();
    }
  }
  Offsets Find(int32_t hash, int64_t begin_ms = 0, int64_t end_ms = INT64_MAX) const {
    Offsets found;
    table_->Find(hash, begin_ms, end_ms, [&](int64_t offset) {
      found.push_back(offset);
      return true;
    });
    return found;
  }
  // The keys in [1, 50) that are found where they belong.
  std::vector<int> Present() const {
    std::vector<int> present;
    for (int i = 1; i < 50; ++i) {
      if (Find(i) == Offsets{i * 100}) present.push_back(i);
    }
    return present;
  }
  static std::vector<int> Range(int from, int end) {
    std::vector<int> range;
    for (int i = from; i < end; ++i) range.push_back(i);
    return range;
  }
  std::vector<std::string> Names() const { return *ListDirectory(directory()); }
  std::string directory() const { return folder_.path() + "/index"; }

  TemporaryFolder folder_;
  FakeClock clock_{kStartMs};
  std::unique_ptr<IndexTable> table_;
  int64_t from_ = -1;
};

TEST_F(IndexTableTest, RollsIntoNewFilesWhoseNamesAreTheirTimesAndNeverTheSame) {
  OpenNew();
  Put(1, 14);
  std::vector<std::string> names = Names();
  ASSERT_EQ(names.size(), 4U);
  EXPECT_EQ(names[0].size(), 17U);
  // The clock stood still.
  EXPECT_EQ(std::stoll(names[3]), std::stoll(names[0]) + 3);
  clock_.StepWallMs(-3'600'000);
  Put(14, 18);
  EXPECT_EQ(std::stoll(Names()[4]), std::stoll(names[0]) + 4);
  EXPECT_EQ(Present(), Range(1, 18));
  EXPECT_EQ(table_->Newest()->physical_offset, 1700);
  EXPECT_EQ(table_->Newest()->timestamp_ms, TimeOf(1700));
}

TEST_F(IndexTableTest, NamesAreTheLocalTimeAsJavaWritesIt) {
  ::setenv("TZ", "Asia/Shanghai", 1);
  ::tzset();
  OpenNew();
  clock_.AdvanceMs(7);
  Put(1, 2);
  EXPECT_EQ(Names(), (std::vector<std::string>{"20231115061320007"}));
  ::unsetenv("TZ");
  ::tzset();
}

TEST_F(IndexTableTest, FindsAcrossFilesNewestFirstInsideATimeRange) {
  OpenNew();
  for (int i = 1; i <= 10; ++i) {
    ASSERT_TRUE(table_->Put(3, i * 100, TimeOf(i * 100)).ok());
  }
  EXPECT_EQ(Find(3), (Offsets{1000, 900, 800, 700, 600, 500, 400, 300, 200, 100}));
  EXPECT_EQ(Find(3, TimeOf(400), TimeOf(600)), (Offsets{600, 500, 400}));
  EXPECT_EQ(Find(3, TimeOf(1100)), (Offsets{}));
  EXPECT_EQ(Find(3, 0, TimeOf(0)), (Offsets{}));
  EXPECT_TRUE(table_->Holds(3, 1000));
  EXPECT_FALSE(table_->Holds(3, 950));
  EXPECT_FALSE(table_->Holds(4, 1000));
}

TEST_F(IndexTableTest, ACleanStartGoesOnAtTheIndexedEnd) {
  OpenNew();
  Put(1, 11);
  Open(Trust(1'234, 1000));
  EXPECT_EQ(from_, 1'234);
  EXPECT_EQ(Present(), Range(1, 11));
  Put(11, 14);
  EXPECT_EQ(Present(), Range(1, 14));
}

TEST_F(IndexTableTest, AStoreThatJavaClosedGoesOnAtTheNewestEntry) {
  OpenNew();
  Put(1, 11);
  IndexTrust trust = Trust(0, 800);
  trust.indexed_end.reset();
  trust.index_last_offset.reset();
  Open(trust);
  EXPECT_EQ(from_, 1000);
  EXPECT_EQ(Present(), Range(1, 11));
}

TEST_F(IndexTableTest, AMissingFolderOrFileIsIndexedAgain) {
  OpenNew();
  Put(1, 11);
  std::filesystem::remove(directory() + "/" + Names().back());
  Open(Trust(1'234, 1000));
  EXPECT_EQ(from_, 800);
  EXPECT_EQ(Present(), Range(1, 9));
  std::filesystem::remove_all(directory());
  IndexTrust trust = Trust(1'234, 1000);
  trust.log_min = 300;
  Open(trust);
  EXPECT_EQ(from_, 300);
  Put(3, 9);
  EXPECT_EQ(Present(), Range(3, 9));
}

TEST_F(IndexTableTest, ALogWithoutKeysIsNotIndexedAgain) {
  Open(Trust(5'000, 0));
  EXPECT_EQ(from_, 5'000);
}

TEST_F(IndexTableTest, AfterACrashOnlyWhatWasSyncedIsBelieved) {
  OpenNew();
  Put(1, 11);  // three files
  IndexTrust trust = Trust(950, 900);
  trust.was_closed = false;
  Open(trust);
  EXPECT_EQ(from_, 950);
  EXPECT_EQ(Present(), Range(1, 10));
  EXPECT_EQ(table_->Newest()->timestamp_ms, TimeOf(900));
  Put(10, 30);
  EXPECT_EQ(Present(), Range(1, 30));
  // A whole file was begun after the last sync.
  trust.indexed_end = 550;
  trust.index_last_offset = 500;
  Open(trust);
  EXPECT_EQ(from_, 550);
  EXPECT_EQ(Present(), Range(1, 6));
  EXPECT_EQ(Names().size(), 2U);
}

TEST_F(IndexTableTest, AfterACrashAndALostFileTheCheckpointIsNotBelieved) {
  OpenNew();
  Put(1, 11);
  std::filesystem::remove(directory() + "/" + Names().back());
  IndexTrust trust = Trust(950, 900);
  trust.was_closed = false;
  Open(trust);
  EXPECT_EQ(from_, 800);
  EXPECT_EQ(Present(), Range(1, 9));
}

TEST_F(IndexTableTest, AfterACrashOfJavaFilesBehindTheCheckpointAreDropped) {
  OpenNew();
  Put(1, 11);
  IndexTrust trust = Trust(0, 800);
  trust.was_closed = false;
  trust.indexed_end.reset();
  trust.index_last_offset.reset();
  Open(trust);
  EXPECT_EQ(from_, 800);
  EXPECT_EQ(Present(), Range(1, 9));
  EXPECT_EQ(Names().size(), 2U);
}

TEST_F(IndexTableTest, EntriesBehindTheLogsEndGo) {
  OpenNew();
  Put(1, 11);
  IndexTrust trust = Trust(1'100, 1000);
  trust.log_end = 650;
  Open(trust);
  EXPECT_LE(from_, 650);
  EXPECT_EQ(Present(), Range(1, 7));
}

TEST_F(IndexTableTest, ReadersFindNothingBeforeTheFilesAreSettled) {
  OpenNew();
  Put(1, 5);
  table_ = std::make_unique<IndexTable>(Options());
  ASSERT_TRUE(table_->Load().ok());
  EXPECT_EQ(Present(), std::vector<int>());
  ASSERT_TRUE(table_->Settle(Trust(500, 400)).ok());
  EXPECT_EQ(Present(), Range(1, 5));
}

TEST_F(IndexTableTest, FilesOfAnotherShapeAndStrangersAreLeftAlone) {
  OpenNew();
  Put(1, 3);
  ASSERT_TRUE(ReplaceFile(directory() + "/99990101000000000", std::string(100'000, 'x')).ok());
  ASSERT_TRUE(ReplaceFile(directory() + "/notes.txt", "mine").ok());
  Open(Trust(300, 200));
  EXPECT_EQ(from_, 300);
  Put(3, 10);
  EXPECT_EQ(Present(), Range(1, 10));
  EXPECT_TRUE(FileExists(directory() + "/99990101000000001"));
  EXPECT_EQ(*ReadFile(directory() + "/notes.txt"), "mine");
}

TEST_F(IndexTableTest, FilesOfExpiredRecordsAreDeletedButTheNewest) {
  OpenNew();
  Put(1, 11);
  ASSERT_TRUE(table_->RemoveBefore(400).ok());
  EXPECT_EQ(Names().size(), 3U);
  ASSERT_TRUE(table_->RemoveBefore(401).ok());
  EXPECT_EQ(Names().size(), 2U);
  EXPECT_EQ(Present(), Range(5, 11));
  ASSERT_TRUE(table_->RemoveBefore(100'000).ok());
  EXPECT_EQ(Names().size(), 1U);
  Put(11, 12);
  EXPECT_EQ(Present(), Range(9, 12));
}

TEST_F(IndexTableTest, AFullDiskStopsPutsAndLosesNothing) {
  MemoryDisk disk;
  Open(Trust(0, 0), &disk);
  Put(1, 5);
  disk.full = true;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(table_->Put(5, 500, TimeOf(500)).code(), ErrorCode::kResourceExhausted);
  }
  EXPECT_EQ(Present(), Range(1, 5));
  disk.full = false;
  Put(5, 10);
  EXPECT_EQ(Present(), Range(1, 10));
  EXPECT_EQ(Names().size(), 3U);
}

TEST_F(IndexTableTest, AFailedSyncIsTold) {
  MemoryDisk disk;
  Open(Trust(0, 0), &disk);
  Put(1, 3);
  disk.sync_fails = true;
  EXPECT_EQ(table_->Sync().code(), ErrorCode::kIo);
  disk.sync_fails = false;
  EXPECT_TRUE(table_->Sync().ok());
}

}  // namespace
}  // namespace rewindmq::store
