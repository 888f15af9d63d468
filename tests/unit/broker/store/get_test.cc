#include "broker/store/record.h"
#include "common/base/file.h"
#include "tests/unit/broker/store/store_fixture.h"

namespace rewindmq::store {
namespace {

class GetTest : public StoreTest {
 protected:
  GetResult Get(int64_t offset, int32_t max_messages = 32, int64_t max_bytes = 1 << 20,
                const TagsFilter& filter = {}) {
    return store_->Get("T", 0, offset, max_messages, max_bytes, filter);
  }
  void PutTagged(int64_t tags_code, int count) {
    MessageToPut message = Message("T", 0, "tagged");
    message.tags_code = tags_code;
    for (int i = 0; i < count; ++i) ASSERT_TRUE(store_->Put(message).ok());
  }
};

TEST_F(GetTest, StatusOfEveryPlaceAroundTheQueue) {
  Open();
  EXPECT_EQ(Get(0).status, GetStatus::kNoMatchedLogicQueue);
  PutMany("T", 0, 0, 5);
  GetResult inside = Get(2);
  EXPECT_EQ(inside.status, GetStatus::kFound);
  EXPECT_EQ(inside.records.size(), 3U);
  EXPECT_EQ(inside.next_begin_offset, 5);
  EXPECT_EQ(inside.min_offset, 0);
  EXPECT_EQ(inside.max_offset, 5);
  GetResult at_end = Get(5);
  EXPECT_EQ(at_end.status, GetStatus::kOffsetOverflowOne);
  EXPECT_EQ(at_end.next_begin_offset, 5);
  GetResult behind = Get(6);
  EXPECT_EQ(behind.status, GetStatus::kOffsetOverflowBadly);
  EXPECT_EQ(behind.next_begin_offset, 5);
  GetResult before = Get(-1);
  EXPECT_EQ(before.status, GetStatus::kOffsetTooSmall);
  EXPECT_EQ(before.next_begin_offset, 0);
  EXPECT_EQ(Get(INT64_MAX).status, GetStatus::kOffsetOverflowBadly);
  EXPECT_EQ(Get(INT64_MIN).status, GetStatus::kOffsetTooSmall);
}

TEST_F(GetTest, StatusNamesAreJavas) {
  EXPECT_EQ(GetStatusName(GetStatus::kFound), "FOUND");
  EXPECT_EQ(GetStatusName(GetStatus::kOffsetOverflowOne), "OFFSET_OVERFLOW_ONE");
  EXPECT_EQ(GetStatusName(GetStatus::kNoMatchedLogicQueue), "NO_MATCHED_LOGIC_QUEUE");
}

TEST_F(GetTest, CountAndBytesAreLimitedButTheFirstMatchIsAlwaysGiven) {
  Open();
  PutMany("T", 0, 0, 10);
  GetResult three = Get(4, 3);
  EXPECT_EQ(three.records.size(), 3U);
  EXPECT_EQ(three.next_begin_offset, 7);
  int64_t record_bytes = static_cast<int64_t>(three.records[0].bytes.size());
  EXPECT_EQ(three.total_bytes, 3 * record_bytes);
  EXPECT_EQ(Get(0, 32, 2 * record_bytes).records.size(), 2U);
  EXPECT_EQ(Get(0, 32, 2 * record_bytes + 1).records.size(), 2U);
  GetResult tiny = Get(0, 32, 1);
  EXPECT_EQ(tiny.records.size(), 1U);
  EXPECT_EQ(tiny.next_begin_offset, 1);
}

TEST_F(GetTest, TheFilterSeesTagsCodes) {
  Open();
  PutTagged(1, 3);
  PutTagged(2, 2);
  PutTagged(1, 1);
  GetResult twos = Get(0, 32, 1 << 20, [](int64_t code) { return code == 2; });
  EXPECT_EQ(twos.status, GetStatus::kFound);
  EXPECT_EQ(twos.records.size(), 2U);
  EXPECT_EQ(twos.next_begin_offset, 6);
  GetResult none = Get(0, 32, 1 << 20, [](int64_t) { return false; });
  EXPECT_EQ(none.status, GetStatus::kNoMatchedMessage);
  EXPECT_EQ(none.next_begin_offset, 6);
}

TEST_F(GetTest, TheFilterOfPropertiesSeesWhatPassedTheTags) {
  Open();
  for (const char* properties : {"a\x01x\x02", "a\x01y\x02", "b\x01y\x02"}) {
    MessageToPut message = Message("T", 0, "body");
    message.properties = properties;
    message.tags_code = properties[0];
    ASSERT_TRUE(store_->Put(message).ok());
  }
  int asked = 0;
  auto get = [&](std::string_view wanted) {
    return store_->Get(
        "T", 0, 0, 32, 1 << 20, [](int64_t code) { return code == 'a'; },
        [&, wanted](std::string_view properties) {
          ++asked;
          return properties.find(wanted) != properties.npos;
        });
  };
  GetResult found = get("y");
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(found.status, GetStatus::kFound);
  ASSERT_EQ(found.records.size(), 1U);
  EXPECT_EQ(QueueOffsetOf(found.records[0].bytes), 1);
  EXPECT_EQ(found.next_begin_offset, 3);
  GetResult none = get("z");
  EXPECT_EQ(none.status, GetStatus::kNoMatchedMessage);
  EXPECT_EQ(none.next_begin_offset, 3);
}

TEST_F(GetTest, OneGetLooksThroughAtMost800Units) {
  Open();
  PutTagged(1, 1000);
  GetResult none = Get(0, 32, 1 << 20, [](int64_t) { return false; });
  EXPECT_EQ(none.status, GetStatus::kNoMatchedMessage);
  EXPECT_EQ(none.next_begin_offset, 800);
}

TEST_F(GetTest, RecordsAreFoundByTheirPlaceInTheLogOnly) {
  Open();
  PutResult put = Put("T", 0, "message 0");
  int64_t at = put.physical_offsets.front();
  ASSERT_TRUE(store_->RecordAt(at).has_value());
  EXPECT_EQ(store_->RecordAt(at)->bytes.size(), static_cast<size_t>(put.end_offset - at));
  for (int64_t wrong : {at + 1, at - 1, put.end_offset, int64_t{-1}, INT64_MAX, INT64_MIN}) {
    EXPECT_FALSE(store_->RecordAt(wrong).has_value()) << wrong;
  }
}

TEST_F(GetTest, ByTime) {
  Open();
  EXPECT_EQ(store_->OffsetByTime("T", 0, kStartMs, Boundary::kLower), 0);
  EXPECT_EQ(store_->EarliestStoreTimestamp("T", 0), -1);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(store_->PutBatch({Message("T", 0, "a"), Message("T", 0, "b")}).ok());
    clock_.AdvanceMs(10);
  }
  EXPECT_EQ(store_->EarliestStoreTimestamp("T", 0), kStartMs);
  EXPECT_EQ(store_->StoreTimestampAt("T", 0, 9), kStartMs + 40);
  EXPECT_EQ(store_->StoreTimestampAt("T", 0, 10), std::nullopt);
  EXPECT_EQ(store_->OffsetByTime("T", 0, 0, Boundary::kLower), 0);
  EXPECT_EQ(store_->OffsetByTime("T", 0, kStartMs + 20, Boundary::kLower), 4);
  EXPECT_EQ(store_->OffsetByTime("T", 0, kStartMs + 20, Boundary::kUpper), 5);
  EXPECT_EQ(store_->OffsetByTime("T", 0, kStartMs + 21, Boundary::kLower), 6);
  EXPECT_EQ(store_->OffsetByTime("T", 0, kStartMs + 41, Boundary::kLower), 10);
  EXPECT_EQ(store_->OffsetByTime("T", 0, kStartMs + 41, Boundary::kUpper), 9);
}

TEST_F(GetTest, DeletedQueuesAreGoneAndStartAnew) {
  Open();
  PutMany("T", 0, 0, 150);
  PutMany("U", 0, 0, 2);
  GetResult held = Get(0);
  store_->DeleteQueues("T");
  store_->DeleteQueues("../commitlog");
  EXPECT_FALSE(store_->HasQueue("T", 0));
  EXPECT_EQ(store_->MaxOffset("T", 0), 0);
  EXPECT_FALSE(FileExists(root() + "/consumequeue/T"));
  ExpectMessages("U", 0, 0, 2);
  PutMany("T", 0, 0, 3);
  ExpectMessages("T", 0, 0, 3);
  EXPECT_TRUE(DecodeRecord(held.records.at(0).bytes, CrcCheck::kVerify).ok());
}

TEST_F(GetTest, BytesOutliveTheStore) {
  Open();
  PutMany("T", 0, 0, 1);
  GetResult got = Get(0);
  Close();
  std::filesystem::remove_all(root());
  Result<Record> record = DecodeRecord(got.records.at(0).bytes, CrcCheck::kVerify);
  ASSERT_TRUE(record.ok()) << record.status().ToString();
  EXPECT_EQ(record->body, "message 0");
}

}  // namespace
}  // namespace rewindmq::store
