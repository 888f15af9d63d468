#include <algorithm>
#include <fstream>

#include <set>
#include <thread>

#include "common/base/bytes.h"
#include "common/base/file.h"
#include "tests/unit/broker/store/store_fixture.h"

namespace rewindmq::store {
namespace {

class PutTest : public StoreTest {};

TEST_F(PutTest, OffsetsAreDenseAndPhysicalOffsetsFollowTheRecords) {
  Open();
  PutResult first = Put("T", 0, "message 0");
  PutResult second = Put("T", 0, "message 1");
  PutResult other = Put("T", 1, "message 0");
  EXPECT_EQ(first.queue_offset, 0);
  EXPECT_EQ(second.queue_offset, 1);
  EXPECT_EQ(other.queue_offset, 0);
  EXPECT_EQ(first.physical_offsets.front(), 0);
  EXPECT_EQ(second.physical_offsets.front(), first.end_offset);
  EXPECT_EQ(store_->MaxPhysicalOffset(), other.end_offset);
  ExpectMessages("T", 0, 0, 2);
  ExpectMessages("T", 1, 0, 1);
}

TEST_F(PutTest, TheFilesHaveRocketMqsNamesAndContent) {
  Open();
  MessageToPut message = Message("T", 3, "hello");
  message.tags_code = TagsCode("TagA");
  PutResult put = store_->Put(message);
  ASSERT_TRUE(put.ok()) << put.error;
  EXPECT_TRUE(FileExists(root() + "/lock"));
  EXPECT_TRUE(FileExists(root() + "/abort"));
  Close();
  EXPECT_FALSE(FileExists(root() + "/abort"));
  std::string unit = ReadPart(root() + "/consumequeue/T/3/00000000000000000000", 0, 20);
  EXPECT_EQ(LoadBe<int64_t>(unit.data()), 0);
  EXPECT_EQ(LoadBe<int32_t>(unit.data() + 8), 91 + 5 + 1);
  EXPECT_EQ(LoadBe<int64_t>(unit.data() + 12), 2598919);
  std::string checkpoint = ReadPart(root() + "/checkpoint", 0, 4096);
  EXPECT_EQ(LoadBe<int64_t>(checkpoint.data()), kStartMs);
  EXPECT_EQ(LoadBe<int64_t>(checkpoint.data() + 8), kStartMs);
  EXPECT_EQ(std::filesystem::file_size(LogSegment(0)), static_cast<size_t>(kTestSegmentBytes));
}

TEST_F(PutTest, ARecordThatDoesNotFitGoesToTheNextSegmentBehindABlank) {
  Open();
  std::string body(30'000, 'b');
  int64_t record_bytes = 91 + 30'000 + 1;
  ASSERT_TRUE(Put("T", 0, body).ok());
  ASSERT_TRUE(Put("T", 0, body).ok());
  PutResult third = Put("T", 0, body);
  ASSERT_TRUE(third.ok()) << third.error;
  EXPECT_EQ(third.physical_offsets.front(), kTestSegmentBytes);
  Close();
  std::string blank = ReadPart(LogSegment(0), 2 * record_bytes, 8);
  EXPECT_EQ(LoadBe<int32_t>(blank.data()), kTestSegmentBytes - 2 * record_bytes);
  EXPECT_EQ(LoadBe<int32_t>(blank.data() + 4), kMagicBlank);
  Open();
  EXPECT_EQ(Bodies("T", 0).size(), 3U);
}

TEST_F(PutTest, ABatchIsDenseSharesItsTimeAndStaysInOneSegment) {
  Open();
  ASSERT_TRUE(Put("T", 0, std::string(50'000, 'x')).ok());
  std::string body(6'000, 'y');
  PutResult batch = store_->PutBatch(std::vector<MessageToPut>(4, Message("T", 0, body)));
  ASSERT_TRUE(batch.ok()) << batch.error;
  EXPECT_EQ(batch.queue_offset, 1);
  ASSERT_EQ(batch.physical_offsets.size(), 4U);
  EXPECT_EQ(batch.physical_offsets[0], kTestSegmentBytes);
  EXPECT_EQ(batch.physical_offsets[3], kTestSegmentBytes + 3 * (91 + 6'000 + 1));
  for (int64_t offset = 1; offset <= 4; ++offset) {
    EXPECT_EQ(store_->StoreTimestampAt("T", 0, offset), batch.store_timestamp_ms);
  }
  EXPECT_EQ(store_->MaxOffset("T", 0), 5);
}

TEST_F(PutTest, ABatchOfSeveralQueuesIsRefusedAsAWhole) {
  Open();
  PutResult result = store_->PutBatch({Message("T", 0, "a"), Message("T", 1, "b")});
  EXPECT_EQ(result.status, PutStatus::kMessageIllegal);
  EXPECT_EQ(store_->PutBatch({}).status, PutStatus::kMessageIllegal);
  EXPECT_EQ(store_->MaxPhysicalOffset(), 0);
}

TEST_F(PutTest, StoreTimesNeverDecrease) {
  Open();
  ASSERT_EQ(Put("T", 0, "a").store_timestamp_ms, kStartMs);
  clock_.StepWallMs(-60'000);
  EXPECT_EQ(Put("T", 0, "b").store_timestamp_ms, kStartMs);
  Close();
  Open();
  EXPECT_EQ(Put("T", 0, "c").store_timestamp_ms, kStartMs);
  clock_.StepWallMs(60'001);
  EXPECT_EQ(Put("T", 0, "d").store_timestamp_ms, kStartMs + 1);
}

TEST_F(PutTest, NamesThatAreNoTopicsAreRefused) {
  Open();
  for (const char* topic : {"", "../x", "..", ".", "a/b", "a.b", "a b", "\xC3\xA4"}) {
    EXPECT_EQ(Put(topic, 0, "x").status, PutStatus::kMessageIllegal) << topic;
  }
  EXPECT_EQ(Put(std::string(256, 'a'), 0, "x").status, PutStatus::kMessageIllegal);
  EXPECT_EQ(Put("T", -1, "x").status, PutStatus::kMessageIllegal);
  EXPECT_EQ(Put("T", 65536, "x").status, PutStatus::kMessageIllegal);
  EXPECT_TRUE(Put("%RETRY%g", 0, "x").ok());
  EXPECT_TRUE(Put(std::string(255, 'a'), 65535, "x").ok());
}

TEST_F(PutTest, SizesAreLimited) {
  StoreOptions options = Options();
  options.max_message_bytes = 1000;
  OpenWith(options);
  EXPECT_TRUE(Put("T", 0, std::string(1000, 'x')).ok());
  EXPECT_EQ(Put("T", 0, std::string(1001, 'x')).status, PutStatus::kMessageIllegal);
  MessageToPut message = Message("T", 0, "x");
  std::string properties(32768, 'p');
  message.properties = properties;
  EXPECT_EQ(store_->Put(message).status, PutStatus::kPropertiesSizeExceeded);
  std::vector<MessageToPut> batch(80, Message("T", 0, std::string_view(properties).substr(0, 900)));
  EXPECT_EQ(store_->PutBatch(batch).status, PutStatus::kMessageIllegal);
  EXPECT_EQ(store_->MaxOffset("T", 0), 1);
}

TEST_F(PutTest, PreparedMessagesStayOutOfTheQueue) {
  Open();
  MessageToPut prepared = Message("T", 0, "half");
  prepared.sys_flag = kSysFlagTransactionPrepared;
  PutResult put = store_->Put(prepared);
  ASSERT_TRUE(put.ok()) << put.error;
  EXPECT_FALSE(store_->HasQueue("T", 0));
  EXPECT_TRUE(store_->RecordAt(put.physical_offsets.front()).has_value());
}

TEST_F(PutTest, TheListenerHearsOfEveryMessageOnceItIsVisible) {
  Open();
  std::vector<std::string> heard;
  store_->SetArrivalListener(
      [&](std::string_view topic, int32_t queue_id, int64_t max_offset, int64_t tags_code) {
        EXPECT_GE(store_->MaxOffset(topic, queue_id), max_offset);
        heard.push_back(std::string(topic) + " " + std::to_string(queue_id) + " " +
                        std::to_string(max_offset) + " " + std::to_string(tags_code));
      });
  MessageToPut message = Message("T", 2, "x");
  message.tags_code = 7;
  ASSERT_TRUE(store_->PutBatch({message, message}).ok());
  EXPECT_EQ(heard, (std::vector<std::string>{"T 2 1 7", "T 2 2 7"}));
}

TEST_F(PutTest, ConcurrentProducersGetDenseUniqueOffsets) {
  constexpr int kThreads = 8;
  constexpr int kEach = 300;
  Open();
  std::vector<std::vector<int64_t>> offsets(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        PutResult put = Put("T", 0, std::to_string(t) + "/" + std::to_string(i));
        if (!put.ok()) return;
        offsets[static_cast<size_t>(t)].push_back(put.queue_offset);
        // Visible at once, and exactly there.
        GetResult got = store_->Get("T", 0, put.queue_offset, 1, 1 << 20, {});
        if (got.records.size() != 1 || got.next_begin_offset != put.queue_offset + 1) return;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<int64_t> all;
  for (const std::vector<int64_t>& of_thread : offsets) {
    EXPECT_EQ(of_thread.size(), static_cast<size_t>(kEach));
    EXPECT_TRUE(std::is_sorted(of_thread.begin(), of_thread.end()));
    all.insert(of_thread.begin(), of_thread.end());
  }
  EXPECT_EQ(all.size(), static_cast<size_t>(kThreads * kEach));
  EXPECT_EQ(*all.rbegin(), kThreads * kEach - 1);
  EXPECT_EQ(Bodies("T", 0).size(), static_cast<size_t>(kThreads * kEach));
}

// A queue whose files cannot be made, for any reason, costs only its own messages.
TEST_F(PutTest, RefusesWhenNoSegmentCanBeMadeAndRecoversByItself) {
  Open();
  ASSERT_TRUE(Put("T", 0, "message 0").ok());
  std::string folder = root() + "/consumequeue/U";
  std::filesystem::create_directories(root() + "/consumequeue");
  std::ofstream(folder) << "a file where the topic's folder should be";
  PutResult refused = Put("U", 0, "message 0");
  EXPECT_FALSE(refused.ok());
  EXPECT_FALSE(refused.error.empty());
  ExpectMessages("T", 0, 0, 1);
  std::filesystem::remove(folder);
  EXPECT_TRUE(Put("U", 0, "message 0").ok());
  ExpectMessages("U", 0, 0, 1);
}

TEST_F(PutTest, AClosedStoreRefusesAndStillReads) {
  Open();
  PutMany("T", 0, 0, 3);
  ASSERT_TRUE(store_->Close().ok());
  EXPECT_EQ(Put("T", 0, "late").status, PutStatus::kServiceNotAvailable);
  ExpectMessages("T", 0, 0, 3);
}

}  // namespace
}  // namespace rewindmq::store
