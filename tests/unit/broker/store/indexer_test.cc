#include "broker/store/indexer.h"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "broker/store/checkpoint.h"
#include "common/base/bytes.h"
#include "common/base/file.h"
#include "tests/unit/broker/store/index_disk.h"
#include "tests/unit/broker/store/store_fixture.h"

namespace rewindmq::store {
namespace {

using Strings = std::vector<std::string>;
using std::chrono::steady_clock;

constexpr auto kDeadline = std::chrono::seconds(20);
constexpr int64_t kOwnCheckpointPosition = 256;

std::string Properties(std::string_view keys, std::string_view unique = "",
                       std::string_view tags = "") {
  std::string text;
  auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) text.append(name).append("\x01").append(value).append("\x02");
  };
  add("KEYS", keys);
  add("UNIQ_KEY", unique);
  add("TAGS", tags);
  return text;
}

class IndexerTest : public StoreTest {
 protected:
  void OpenIndexed(Disk* disk = nullptr) {
    StoreOptions options = Options();
    options.index_shape = {64, 100};
    options.disk = disk;
    OpenWith(std::move(options));
  }
  void PutKeys(std::string_view body, std::string_view keys, std::string_view unique = "",
               std::string_view tags = "", int32_t sys_flag = 0) {
    MessageToPut message = Message("T", 0, body);
    std::string properties = Properties(keys, unique, tags);
    message.properties = properties;
    message.sys_flag = sys_flag;
    PutResult put = store_->Put(message);
    ASSERT_TRUE(put.ok()) << put.error;
  }
  // Message n has the keys "all" and "kn".
  void PutNumbered(int from, int end) {
    for (int i = from; i < end; ++i) {
      std::string n = std::to_string(i);
      PutKeys("body " + n, "all k" + n, "U" + n);
    }
  }
  void WaitIndexed() {
    auto deadline = steady_clock::now() + kDeadline;
    while (store_->Stats().dispatch_lag_bytes > 0) {
      ASSERT_LT(steady_clock::now(), deadline) << "the index does not catch up";
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  Strings Query(const KeyQuery& query) const {
    Strings bodies;
    for (const RecordView& view : store_->QueryByKey(query).records) {
      bodies.emplace_back(DecodeRecord(view.bytes, CrcCheck::kVerify)->body);
    }
    return bodies;
  }
  Strings ByKey(std::string_view key, IndexKeyKind kind = IndexKeyKind::kKey) const {
    KeyQuery query;
    query.topic = "T";
    query.key = key;
    query.kind = kind;
    return Query(query);
  }
  void ExpectNumbered(int from, int end) {
    for (int i = from; i < end; ++i) {
      std::string n = std::to_string(i);
      EXPECT_EQ(ByKey("k" + n), Strings{"body " + n});
      EXPECT_EQ(ByKey("U" + n), Strings{"body " + n});
    }
  }
  Strings IndexFiles() const { return *ListDirectory(root() + "/index"); }
};

TEST_F(IndexerTest, FindsByUniqueIdByEveryWordOfTheKeysAndByTags) {
  OpenIndexed();
  PutKeys("one", "a b", "U1", "TagA");
  PutKeys("two", "b", "U2", "TagA");
  PutKeys("three", "", "U3");
  PutKeys("plain", "");
  WaitIndexed();
  EXPECT_EQ(ByKey("a"), Strings{"one"});
  EXPECT_EQ(ByKey("b"), (Strings{"two", "one"}));
  EXPECT_EQ(ByKey("U3"), Strings{"three"});
  EXPECT_EQ(ByKey("TagA", IndexKeyKind::kTags), (Strings{"two", "one"}));
  EXPECT_EQ(ByKey("TagA"), Strings());
  EXPECT_EQ(ByKey("a b"), Strings());
  EXPECT_EQ(ByKey(""), Strings());
  KeyQuery elsewhere;
  elsewhere.topic = "U";
  elsewhere.key = "a";
  EXPECT_EQ(Query(elsewhere), Strings());
}

TEST_F(IndexerTest, KeysWithTheSameHashAreToldApart) {
  OpenIndexed();
  PutKeys("first", "Aa");
  PutKeys("second", "BB");
  WaitIndexed();
  ASSERT_EQ(IndexHash("T", "Aa", IndexKeyKind::kKey), IndexHash("T", "BB", IndexKeyKind::kKey));
  EXPECT_EQ(ByKey("Aa"), Strings{"first"});
  EXPECT_EQ(ByKey("BB"), Strings{"second"});
}

TEST_F(IndexerTest, KeepsToTheTimesAndTheNumberThatAreAskedFor) {
  OpenIndexed();
  for (int i = 0; i < 10; ++i) {
    PutKeys("body " + std::to_string(i), "k");
    clock_.AdvanceMs(100);
  }
  WaitIndexed();
  KeyQuery query;
  query.topic = "T";
  query.key = "k";
  query.begin_ms = kStartMs + 200;
  query.end_ms = kStartMs + 500;
  EXPECT_EQ(Query(query), (Strings{"body 5", "body 4", "body 3", "body 2"}));
  query.max_records = 2;
  EXPECT_EQ(Query(query), (Strings{"body 5", "body 4"}));
  query.max_records = 0;
  EXPECT_EQ(Query(query), Strings());
  query.max_records = -1;
  EXPECT_EQ(Query(query), Strings());
  IndexEnd end = store_->QueryByKey(query).index_end;
  EXPECT_EQ(end.timestamp_ms, kStartMs + 900);
  EXPECT_EQ(StoreTimestampOf(store_->RecordAt(end.physical_offset)->bytes), kStartMs + 900);
}

TEST_F(IndexerTest, PreparedMessagesAreFoundRolledBackOnesAreNot) {
  OpenIndexed();
  PutKeys("prepared", "k", "", "", kSysFlagTransactionPrepared);
  PutKeys("committed", "k", "", "", kSysFlagTransactionCommit);
  PutKeys("rolled back", "k", "", "", kSysFlagTransactionRollback);
  WaitIndexed();
  EXPECT_EQ(ByKey("k"), (Strings{"committed", "prepared"}));
}

TEST_F(IndexerTest, GoesOnAfterACleanStopWithoutReadingTheLogAgain) {
  OpenIndexed();
  PutNumbered(0, 200);  // several index files
  WaitIndexed();
  Close();
  Strings files = IndexFiles();
  EXPECT_GT(files.size(), 3U);
  Checkpoint checkpoint = *LoadCheckpoint(RealFileSystem(), root() + "/checkpoint");
  OpenIndexed();
  EXPECT_EQ(checkpoint.indexed_end, store_->MaxPhysicalOffset());
  EXPECT_EQ(checkpoint.index_timestamp_ms, kStartMs);
  EXPECT_EQ(store_->Stats().dispatch_lag_bytes, 0);
  EXPECT_EQ(ByKey("all").size(), 64U);
  ExpectNumbered(0, 200);
  EXPECT_EQ(IndexFiles(), files);
  PutNumbered(200, 210);
  WaitIndexed();
  ExpectNumbered(190, 210);
}

TEST_F(IndexerTest, MessagesThatWereNotIndexedYetAreIndexedByTheNextStart) {
  StoreOptions options = Options();
  options.message_index_enable = false;
  OpenWith(options);
  PutNumbered(0, 50);
  EXPECT_EQ(ByKey("all"), Strings());
  EXPECT_EQ(store_->Stats().dispatch_lag_bytes, 0);
  Close();
  EXPECT_FALSE(FileExists(root() + "/index"));
  OpenIndexed();
  WaitIndexed();
  ExpectNumbered(0, 50);
}

TEST_F(IndexerTest, NothingIsMissingOrTwiceAfterAKill) {
  OpenIndexed();
  PutNumbered(0, 60);
  WaitIndexed();
  Close();
  pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    OpenIndexed();
    PutNumbered(60, 150);
    WaitIndexed();
    ::_exit(HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  OpenIndexed();
  auto deadline = steady_clock::now() + kDeadline;
  // The lag counts only when it is known what the files are worth.
  while (ByKey("k149").empty() && steady_clock::now() < deadline) std::this_thread::yield();
  WaitIndexed();
  ExpectNumbered(0, 150);
}

TEST_F(IndexerTest, ADeletedFolderIsBuiltAgain) {
  OpenIndexed();
  PutNumbered(0, 150);
  WaitIndexed();
  Close();
  std::filesystem::remove_all(root() + "/index");
  OpenIndexed();
  WaitIndexed();
  ExpectNumbered(0, 150);
}

TEST_F(IndexerTest, ADeletedFileIsBuiltAgain) {
  OpenIndexed();
  PutNumbered(0, 150);
  WaitIndexed();
  Close();
  std::filesystem::remove(root() + "/index/" + IndexFiles().back());
  OpenIndexed();
  WaitIndexed();
  ExpectNumbered(0, 150);
}

// As after Java wrote the checkpoint: it knows nothing of the part that is ours.
TEST_F(IndexerTest, AStoreThatJavaClosedIsIndexedFromTheNewestEntryOn) {
  OpenIndexed();
  PutNumbered(0, 90);
  WaitIndexed();
  Close();
  StoreOptions unindexed = Options();
  unindexed.message_index_enable = false;
  OpenWith(unindexed);
  PutNumbered(90, 120);
  Close();
  OverwriteFile(root() + "/checkpoint", kOwnCheckpointPosition, std::string(32, '\0'));
  OpenIndexed();
  WaitIndexed();
  ExpectNumbered(0, 120);
  KeyQuery query;
  query.topic = "T";
  query.key = "all";
  query.max_records = 1000;
  EXPECT_EQ(Query(query).size(), 120U);
}

TEST_F(IndexerTest, DamagedRecordsAreSteppedOver) {
  StoreOptions unindexed = Options();
  unindexed.message_index_enable = false;
  OpenWith(unindexed);
  PutNumbered(0, 30);
  int64_t damaged = -1;
  GetResult got = store_->Get("T", 0, 10, 1, 1 << 20, {});
  ASSERT_EQ(got.records.size(), 1U);
  damaged = LoadBe<int64_t>(got.records[0].bytes.data() + kPhysicalOffsetPosition);
  got = {};
  Close();
  OverwriteFile(LogSegment(0), damaged, std::string(50, '\xEE'));
  OpenIndexed();
  WaitIndexed();
  EXPECT_EQ(ByKey("k10"), Strings());
  ExpectNumbered(0, 10);
  ExpectNumbered(11, 30);
}

TEST_F(IndexerTest, ADamagedBodyIsNotAnswered) {
  OpenIndexed();
  PutNumbered(0, 3);
  WaitIndexed();
  RecordView view = store_->QueryByKey({"T", "k1"}).records.at(0);
  int64_t at = LoadBe<int64_t>(view.bytes.data() + kPhysicalOffsetPosition);
  int64_t body = DecodeRecord(view.bytes, CrcCheck::kVerify)->body.data() - view.bytes.data();
  OverwriteFile(LogSegment(0), at + body, "X");
  EXPECT_EQ(ByKey("k1"), Strings());
  EXPECT_EQ(ByKey("k2"), Strings{"body 2"});
}

TEST_F(IndexerTest, AFullDiskPausesTheIndexAndNothingElse) {
  MemoryDisk disk;
  disk.full_path = "/index/";
  disk.full = true;
  OpenIndexed(&disk);
  PutNumbered(0, 150);
  EXPECT_EQ(store_->MaxOffset("T", 0), 150);
  EXPECT_EQ(ByKey("k1"), Strings());
  EXPECT_GT(store_->Stats().dispatch_lag_bytes, 0);
  disk.full = false;
  WaitIndexed();
  ExpectNumbered(0, 150);
  auto before = steady_clock::now();
  disk.full = true;
  PutNumbered(150, 250);
  Close();
  EXPECT_LT(steady_clock::now() - before, std::chrono::seconds(5));
  disk.full = false;
  OpenIndexed(&disk);
  WaitIndexed();
  ExpectNumbered(0, 250);
  Close();
}

TEST_F(IndexerTest, ManyThreadsMayPutAndAsk) {
  OpenIndexed();
  std::atomic<bool> stop{false};
  std::thread reader([&] {
    while (!stop) {
      for (const std::string& body : ByKey("all")) EXPECT_EQ(body.substr(0, 5), "body ");
    }
  });
  PutNumbered(0, 2000);
  WaitIndexed();
  stop = true;
  reader.join();
  ExpectNumbered(1900, 2000);
}

}  // namespace
}  // namespace rewindmq::store
