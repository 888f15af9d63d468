#include <algorithm>
#include <fstream>

#include "common/base/bytes.h"
#include "common/base/crc32.h"
#include "common/base/file.h"
#include "tests/unit/broker/store/store_fixture.h"

namespace rewindmq::store {
namespace {

class DamageTest : public StoreTest {
 protected:
  void FlipBit(const std::string& path, int64_t position, int bit = 0) {
    std::string byte = ReadPart(path, position, 1);
    byte[0] = static_cast<char>(byte[0] ^ (1 << bit));
    OverwriteFile(path, position, byte);
  }
  // Messages [0, count) of queue 0 of topic T but `lost`, each at its own offset.
  void ExpectAllBut(const std::vector<int64_t>& lost, int64_t count) {
    EXPECT_EQ(store_->MaxOffset("T", 0), count);
    for (int64_t n = 0; n < count; ++n) {
      GetResult got = store_->Get("T", 0, n, 1, 1 << 20, {});
      bool is_lost = std::find(lost.begin(), lost.end(), n) != lost.end();
      bool is_next = !got.records.empty() && got.next_begin_offset == n + 1;
      ASSERT_EQ(is_next, !is_lost) << "message " << n;
      if (is_lost) continue;
      Result<Record> record = DecodeRecord(got.records[0].bytes, CrcCheck::kVerify);
      ASSERT_TRUE(record.ok());
      ASSERT_EQ(record->body, "message " + std::to_string(n));
    }
  }
  // The only damage that is known starts in message n.
  void ExpectDamageAt(int64_t n) {
    std::vector<DamagedRange> damages = store_->Damages();
    ASSERT_EQ(damages.size(), 1U);
    EXPECT_EQ(damages[0].from, RecordStart(n));
    EXPECT_NE(damages[0].reason.find(LogSegment(0)), std::string::npos) << damages[0].reason;
  }
};

TEST_F(DamageTest, ADamagedRecordInTheMiddleIsPassedOverAndNothingIsCut) {
  InKilledProcess([&] { PutMany("T", 0, 0, 100); });
  FlipBit(LogSegment(0), RecordStart(50) + 90);
  for (int start = 0; start < 3; ++start) {
    Open();
    ExpectAllBut({50}, 100 + start);
    ExpectDamageAt(50);
    Put("T", 0, "message " + std::to_string(100 + start));
    Close();
  }
}

TEST_F(DamageTest, ADamagedSizeTakesOnlyItsOwnRecord) {
  InKilledProcess([&] { PutMany("T", 0, 0, 100); });
  FlipBit(LogSegment(0), RecordStart(50) + 2);
  Open();
  ExpectAllBut({50}, 100);
  ExpectDamageAt(50);
}

// After a clean stop nothing can be torn, so the last record must not be taken for a torn tail.
TEST_F(DamageTest, TheLastRecordOfAClosedLogIsNotCut) {
  Open();
  PutMany("T", 0, 0, 100);
  Close();
  FlipBit(LogSegment(0), RecordStart(99) + 90);
  Open();
  ExpectAllBut({99}, 100);
  ExpectDamageAt(99);
  EXPECT_EQ(Put("T", 0, "message 100").queue_offset, 100);
  ExpectAllBut({99}, 101);
}

TEST_F(DamageTest, ALastRecordThatHadBeenSyncedIsNotCut) {
  InKilledProcess([&] {
    PutMany("T", 0, 0, 100);
    ASSERT_TRUE(store_->Close().ok());
    // As if killed right after the last checkpoint.
    ASSERT_TRUE(RealFileSystem().Write(root() + "/abort", "", FileSystem::Sync::kNo).ok());
  });
  FlipBit(LogSegment(0), RecordStart(99) + 90);
  Open();
  ExpectAllBut({99}, 100);
  ExpectDamageAt(99);
}

TEST_F(DamageTest, AMissingSegmentIsQuarantinedAndTheRestServed) {
  Open();
  PutMany("T", 0, 0, 1500);
  Close();
  ASSERT_TRUE(std::filesystem::remove(LogSegment(1)));
  Open();
  std::vector<DamagedRange> damages = store_->Damages();
  ASSERT_EQ(damages.size(), 1U);
  EXPECT_EQ(damages[0].from, kTestSegmentBytes);
  EXPECT_EQ(damages[0].end, 2 * kTestSegmentBytes);
  EXPECT_NE(damages[0].reason.find(LogSegment(1)), std::string::npos);
  EXPECT_EQ(Bodies("T", 0).back(), "message 1499");
  EXPECT_EQ(Put("T", 0, "message 1500").queue_offset, 1500);
}

TEST_F(DamageTest, ALostLogDoesNotLetOffsetsStartAnew) {
  Open();
  PutMany("T", 0, 0, 100);
  Close();
  std::filesystem::remove_all(root() + "/commitlog");
  Open();
  EXPECT_FALSE(store_->Damages().empty());
  EXPECT_EQ(store_->MaxOffset("T", 0), 100);
  EXPECT_EQ(Put("T", 0, "message 100").queue_offset, 100);
  EXPECT_EQ(Bodies("T", 0, 100), std::vector<std::string>{"message 100"});
}

// Old segments are not read at a start; whoever reads them meets the damage.
TEST_F(DamageTest, AReaderNeverGetsADamagedRecord) {
  Open();
  PutMany("T", 0, 0, 100);
  Close();
  FlipBit(LogSegment(0), RecordStart(10) + 90);
  Open();
  EXPECT_TRUE(store_->Damages().empty());
  ExpectAllBut({10}, 100);
  ExpectDamageAt(10);
}

// The record is in the log, between those of its neighbours.
TEST_F(DamageTest, ADamagedQueueUnitIsReportedAndItsMessageServedAllTheSame) {
  for (int64_t bit : {0, 7, 31, 40, 48, 55, 56, 60, 63, 64, 71, 79, 84, 88, 95}) {
    std::filesystem::remove_all(root());
    Open();
    PutMany("T", 0, 0, 100);
    PutMany("U", 0, 0, 3);
    Close();
    for (int64_t unit : {0, 10, 11, 50, 99}) {
      FlipBit(root() + "/consumequeue/T/0/00000000000000000000", unit * 20 + bit / 8,
              static_cast<int>(bit % 8));
    }
    Open();
    ExpectAllBut({}, 100);  // a start that had to read the log has mended the queue already
    EXPECT_EQ(Put("T", 0, "message 100").queue_offset, 100);
    Close();
  }
}

// One damaged unit or record must not send a search by time astray.
TEST_F(DamageTest, ASearchByTimeLooksPastDamage) {
  Open();
  for (int i = 0; i < 64; ++i) {
    Put("T", 0, "message " + std::to_string(i));
    clock_.AdvanceMs(1000);
  }
  Close();
  for (int64_t probed : {32, 48, 40, 36}) {
    FlipBit(root() + "/consumequeue/T/0/00000000000000000000", probed * 20, 7);
  }
  FlipBit(LogSegment(0), RecordStart(34) + 4);
  Open();
  for (int64_t i = 0; i < 64; ++i) {
    EXPECT_NEAR(
        static_cast<double>(store_->OffsetByTime("T", 0, kStartMs + i * 1000, Boundary::kLower)),
        static_cast<double>(i), 1);
  }
}

// The checksum went with the sector, and the body's is right.
TEST_F(DamageTest, ARecordThatLostItsLastSectorIsTorn) {
  MessageToPut message = Message("T", 0, "body");
  message.properties = "KEYS\x01k1\x02";
  std::string bytes(static_cast<size_t>(RecordBytes(message, RecordCrc::kAppend)), '\0');
  EncodeRecord(message, {0, 0, 1, JavaCrc32(message.body)}, RecordCrc::kAppend, bytes.data());
  ASSERT_TRUE(DecodeRecord(bytes, CrcCheck::kVerify).ok());
  for (size_t lost = 1; lost < kRecordCrcBytes + message.properties.size(); ++lost) {
    std::string torn = bytes.substr(0, bytes.size() - lost) + std::string(lost, '\0');
    EXPECT_FALSE(DecodeRecord(torn, CrcCheck::kVerify).ok()) << lost;
  }
}

TEST_F(DamageTest, TheRecordsChecksumCoversWhatTheBodysDoesNot) {
  StoreOptions options = Options();
  options.record_crc = RecordCrc::kAppend;
  OpenWith(options);
  MessageToPut message = Message("T", 0, "body");
  message.properties = "KEYS\x01k1";
  ASSERT_TRUE(store_->Put(message).ok());
  Close();
  const int64_t bytes = 91 + 4 + 1 + 7 + 1 + 20;
  OpenWith(options);
  std::string record = ReadPart(LogSegment(0), 0, bytes);
  EXPECT_EQ(store_->MaxPhysicalOffset(), bytes);
  EXPECT_EQ(record.substr(bytes - 20, 9), "__CRC32#\x01");
  Close();
  for (int64_t bit = 0; bit < bytes * 8; ++bit) {
    std::string damaged = record;
    auto at = static_cast<size_t>(bit / 8);
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << (bit % 8)));
    EXPECT_FALSE(DecodeRecord(damaged, CrcCheck::kVerify).ok()) << "bit " << bit;
  }
}

}  // namespace
}  // namespace rewindmq::store
