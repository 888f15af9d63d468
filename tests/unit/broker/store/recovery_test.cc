#include "broker/store/recovery.h"

#include <algorithm>
#include <fstream>

#include "common/base/file.h"
#include "tests/unit/broker/store/store_fixture.h"

namespace rewindmq::store {
namespace {

class RecoveryTest : public StoreTest {
 protected:
  Status OpenStatus() {
    StoreOptions options = Options();
    options.damage_policy = DamagePolicy::kRefuse;
    return MessageStore::Open(std::move(options)).status();
  }
  // What a start would read.
  RecoveryResult Recovered(bool was_closed) {
    CommitLog log(&RealDisk(), root() + "/commitlog", kTestSegmentBytes);
    QueueTable queues(&RealDisk(), root() + "/consumequeue", Options().consume_queue_segment_bytes);
    DeletedTopics deleted(&RealFileSystem(), root() + "/deletedTopics");
    EXPECT_TRUE(deleted.Load().ok());
    RecoveryOptions options;
    Quarantine quarantine(&RealFileSystem(), root() + "/quarantine.json");
    options.quarantine = &quarantine;
    options.deleted_topics = &deleted;
    options.was_closed = was_closed;
    options.checkpoint = LoadCheckpoint(RealFileSystem(), root() + "/checkpoint").value();
    options.tags_code_of = [](const Record&) { return 0; };
    EXPECT_TRUE(log.Load().ok());
    options.queues_whole = queues.Load().value();
    Result<RecoveryResult> result = Recover(&log, &queues, options);
    EXPECT_TRUE(result.ok()) << result.status().ToString();
    return result.value();
  }
};

TEST_F(RecoveryTest, ACleanStartReadsNothingAndGoesOn) {
  Open();
  PutMany("T", 0, 0, 1000);
  Close();
  EXPECT_EQ(Recovered(true).records, 0);
  Open();
  ExpectMessages("T", 0, 0, 1000);
  PutMany("T", 0, 1000, 1010);
  ExpectMessages("T", 0, 0, 1010);
}

TEST_F(RecoveryTest, NothingIsLostWhenTheProcessIsKilled) {
  InKilledProcess([&] {
    for (int queue = 0; queue < 3; ++queue) PutMany("T", queue, 0, 1000);
  });
  EXPECT_TRUE(FileExists(root() + "/abort"));
  Open();
  for (int queue = 0; queue < 3; ++queue) ExpectMessages("T", queue, 0, 1000);
  PutMany("T", 0, 1000, 1001);
  Close();
  InKilledProcess([&] { PutMany("T", 0, 1001, 1500); });
  Open();
  ExpectMessages("T", 0, 0, 1500);
}

TEST_F(RecoveryTest, ATornTailIsCutAndWrittenAnew) {
  for (int torn : {4, 50, 100}) {
    std::filesystem::remove_all(root());
    InKilledProcess([&] { PutMany("T", 0, 0, 10); });
    std::filesystem::resize_file(LogSegment(0), static_cast<size_t>(RecordStart(10) - torn));
    Open();
    ExpectMessages("T", 0, 0, 9);
    EXPECT_EQ(store_->MaxPhysicalOffset(), RecordStart(9));
    PutMany("T", 0, 9, 12);
    Close();
    Open();
    ExpectMessages("T", 0, 0, 12);
    Close();
  }
}

TEST_F(RecoveryTest, ARecordWithoutItsBodyIsNotServed) {
  InKilledProcess([&] { PutMany("T", 0, 0, 10); });
  OverwriteFile(LogSegment(0), RecordStart(9) + 90, std::string(5, '\0'));
  Open();
  ExpectMessages("T", 0, 0, 9);
}

TEST_F(RecoveryTest, QueuesAreBuiltAgainAfterACleanStop) {
  Open();
  MessageToPut message = Message("T", 0, "message 0");
  std::string_view properties = "TAGS\x01TagA\x02";
  message.properties = properties;
  ASSERT_TRUE(store_->Put(message).ok());
  PutMany("T", 0, 1, 500);
  PutMany("%RETRY%g", 7, 0, 5);
  Close();
  std::filesystem::remove_all(root() + "/consumequeue");
  Open();
  ExpectMessages("T", 0, 0, 500);
  ExpectMessages("%RETRY%g", 7, 0, 5);
  GetResult tagged =
      store_->Get("T", 0, 0, 32, 1 << 20, [](int64_t code) { return code == TagsCode("TagA"); });
  EXPECT_EQ(tagged.records.size(), 1U);
}

TEST_F(RecoveryTest, QueuesAreBuiltAgainAfterAKill) {
  InKilledProcess([&] {
    PutMany("T", 0, 0, 1500);  // several log segments
    PutMany("U", 1, 0, 5);
  });
  std::filesystem::remove_all(root() + "/consumequeue/T");
  Open();
  ExpectMessages("T", 0, 0, 1500);
  ExpectMessages("U", 1, 0, 5);
}

TEST_F(RecoveryTest, AMissingQueueSegmentIsBuiltAgain) {
  Open();
  PutMany("T", 0, 0, 350);
  Close();
  ASSERT_TRUE(std::filesystem::remove(root() + "/consumequeue/T/0/00000000000000002000"));
  Open();
  ExpectMessages("T", 0, 0, 350);
}

// Power loss can take a part of a queue's pages: units behind a hole must not come back.
TEST_F(RecoveryTest, AHoleInAQueueIsFilledFromTheLog) {
  InKilledProcess([&] { PutMany("T", 0, 0, 90); });
  OverwriteFile(root() + "/consumequeue/T/0/00000000000000000000", 20 * 40,
                std::string(20 * 10, '\0'));
  Open();
  ExpectMessages("T", 0, 0, 90);
}

TEST_F(RecoveryTest, UnitsBehindTheLogsEndAreForgotten) {
  InKilledProcess([&] { PutMany("T", 0, 0, 300); });
  std::filesystem::resize_file(LogSegment(0), static_cast<size_t>(RecordStart(20)));
  Open();
  EXPECT_EQ(store_->MaxOffset("T", 0), 20);
  Put("T", 0, "message 20");
  Close();
  Open();
  EXPECT_EQ(store_->MaxOffset("T", 0), 21);
}

TEST_F(RecoveryTest, DamageInTheMiddleIsRefusedAndNothingIsCut) {
  InKilledProcess([&] { PutMany("T", 0, 0, 100); });
  std::string before = ReadPart(LogSegment(0), 0, kTestSegmentBytes);
  std::string byte = before.substr(RecordStart(50) + 90, 1);
  byte[0] = static_cast<char>(byte[0] ^ 1);
  OverwriteFile(LogSegment(0), RecordStart(50) + 90, byte);
  std::string damaged = ReadPart(LogSegment(0), 0, kTestSegmentBytes);
  Status refused = OpenStatus();
  EXPECT_EQ(refused.code(), ErrorCode::kCorruption);
  EXPECT_NE(refused.message().find(LogSegment(0)), std::string::npos) << refused.message();
  EXPECT_NE(refused.message().find("byte " + std::to_string(RecordStart(50)) + " "),
            std::string::npos)
      << refused.message();
  EXPECT_EQ(ReadPart(LogSegment(0), 0, kTestSegmentBytes), damaged);
  EXPECT_TRUE(FileExists(root() + "/abort"));
  OverwriteFile(LogSegment(0), 0, before);
  Open();
  ExpectMessages("T", 0, 0, 100);
}

// Writes that were never synced may be lost in any order; what follows such a hole was not
// promised to anybody.
TEST_F(RecoveryTest, UnsyncedRecordsBehindAnUnwrittenPageAreCut) {
  InKilledProcess([&] { PutMany("T", 0, 0, 200); });
  OverwriteFile(LogSegment(0), 4096, std::string(4096, '\0'));
  std::filesystem::remove(root() + "/checkpoint");
  Open();
  int kept = 40;
  ASSERT_TRUE(RecordStart(kept) < 4096 && RecordStart(kept + 1) > 4096);
  EXPECT_EQ(store_->MaxOffset("T", 0), kept);
  PutMany("T", 0, kept, kept + 3);
}

TEST_F(RecoveryTest, SyncedRecordsBehindAnUnwrittenPageAreNotCut) {
  Open();
  PutMany("T", 0, 0, 200);
  clock_.AdvanceMs(10);
  PutMany("T", 0, 200, 201);
  Close();
  OverwriteFile(LogSegment(0), 4096, std::string(4096, '\0'));
  std::ofstream(root() + "/abort").flush();
  EXPECT_EQ(OpenStatus().code(), ErrorCode::kCorruption);
}

TEST_F(RecoveryTest, AMissingLogSegmentIsNamed) {
  Open();
  PutMany("T", 0, 0, 1500);
  Close();
  ASSERT_TRUE(std::filesystem::remove(LogSegment(1)));
  Status refused = OpenStatus();
  EXPECT_EQ(refused.code(), ErrorCode::kCorruption);
  EXPECT_NE(refused.message().find(LogSegment(1)), std::string::npos) << refused.message();
  EXPECT_FALSE(FileExists(root() + "/abort"));
}

TEST_F(RecoveryTest, QueuesStartWhereTheLogStarts) {
  Open();
  PutMany("T", 0, 0, 1500);
  Close();
  ASSERT_TRUE(std::filesystem::remove(LogSegment(0)));
  Open();
  int64_t first = store_->MinOffset("T", 0);
  EXPECT_GT(first, 500);
  EXPECT_EQ(store_->MinPhysicalOffset(), kTestSegmentBytes);
  EXPECT_EQ(store_->Get("T", 0, 0, 1, 1, {}).status, GetStatus::kOffsetTooSmall);
  EXPECT_EQ(store_->OffsetByTime("T", 0, 0, Boundary::kLower), first);
  ExpectMessages("T", 0, static_cast<int>(first), 1500);
  Close();
  std::filesystem::remove_all(root() + "/consumequeue");
  Open();
  EXPECT_EQ(store_->MinOffset("T", 0), first);
  ExpectMessages("T", 0, static_cast<int>(first), 1500);
}

TEST_F(RecoveryTest, ATopicThatWasDeletedAndMadeAgainKeepsOnlyTheNewMessages) {
  InKilledProcess([&] {
    PutMany("T", 0, 0, 50);
    store_->DeleteQueues("T");
    PutMany("T", 0, 0, 3);
  });
  Open();
  ExpectMessages("T", 0, 0, 3);
  Close();
  std::filesystem::remove_all(root() + "/consumequeue");
  Open();
  ExpectMessages("T", 0, 0, 3);
}

TEST_F(RecoveryTest, MessagesOfADeletedTopicDoNotComeBack) {
  Open();
  PutMany("U", 0, 0, 3);
  PutMany("T", 0, 0, 50);
  store_->DeleteQueues("T");
  Close();
  EXPECT_EQ(Recovered(true).records, 50);  // only read over
  Open();
  EXPECT_FALSE(store_->HasQueue("T", 0));
  ExpectMessages("U", 0, 0, 3);
  Close();
  std::filesystem::remove_all(root() + "/consumequeue");
  Open();
  EXPECT_FALSE(store_->HasQueue("T", 0));
  PutMany("T", 0, 0, 2);
  Close();
  std::filesystem::remove_all(root() + "/consumequeue");
  Open();
  ExpectMessages("T", 0, 0, 2);
  ExpectMessages("U", 0, 0, 3);
}

TEST_F(RecoveryTest, AnUnreadableListOfDeletedTopicsIsNamed) {
  Open();
  Close();
  std::ofstream(root() + "/deletedTopics") << R"({"deletedTopics":{"T":"nine"}})";
  Status refused = OpenStatus();
  EXPECT_EQ(refused.code(), ErrorCode::kCorruption);
  EXPECT_NE(refused.message().find("'T'"), std::string::npos) << refused.message();
}

TEST_F(RecoveryTest, PreparedMessagesBehindTheLastQueueUnitAreKept) {
  Open();
  PutMany("T", 0, 0, 3);
  MessageToPut prepared = Message("T", 0, "half");
  prepared.sys_flag = kSysFlagTransactionPrepared;
  PutResult put = store_->Put(prepared);
  Close();
  Open();
  EXPECT_TRUE(store_->RecordAt(put.physical_offsets.front()).has_value());
  EXPECT_EQ(store_->MaxPhysicalOffset(), put.end_offset);
  PutMany("T", 0, 3, 4);
  ExpectMessages("T", 0, 0, 4);
}

TEST_F(RecoveryTest, OneStoreAtATime) {
  Open();
  EXPECT_EQ(OpenStatus().code(), ErrorCode::kConflict);
  Close();
  EXPECT_TRUE(OpenStatus().ok());
}

TEST_F(RecoveryTest, AnotherSegmentSizeIsRefused) {
  Open();
  PutMany("T", 0, 0, 3);
  Close();
  StoreOptions options = Options();
  options.commit_log_segment_bytes = kTestSegmentBytes / 2;
  EXPECT_EQ(MessageStore::Open(options).status().code(), ErrorCode::kInvalidArgument);
  Open();
  ExpectMessages("T", 0, 0, 3);
}

TEST_F(RecoveryTest, BadOptionsAreNamed) {
  StoreOptions options = Options();
  options.commit_log_segment_bytes = 10;
  EXPECT_EQ(MessageStore::Open(options).status().code(), ErrorCode::kInvalidArgument);
  options = Options();
  options.consume_queue_segment_bytes = 30;
  EXPECT_EQ(MessageStore::Open(options).status().code(), ErrorCode::kInvalidArgument);
  options = Options();
  options.root_directory.clear();
  EXPECT_EQ(MessageStore::Open(options).status().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace rewindmq::store
