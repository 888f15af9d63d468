#include "tests/sim/harness/sim_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "broker/store/record.h"

namespace rewindmq::sim {
namespace {

constexpr int32_t kNeverMs = 1'000'000'000;
constexpr auto kDeadline = std::chrono::seconds(30);
constexpr int kTopics = 3;
constexpr int kQueues = 2;
constexpr int kMaxBatch = 8;

}  // namespace

SimStore::SimStore(uint64_t seed)
    : random_(seed),
      log_segment_bytes_(random_.Between(4, 16) * 4096 + random_.Between(0, 3) * 100),
      queue_segment_bytes_(random_.Between(8, 300) * 20) {
  // The folder is there before the store, as a volume's is.
  EXPECT_TRUE(disk_.files().MakeDirectories(kRoot).ok());
  EXPECT_TRUE(disk_.files().SyncDirectory("/").ok());
}

SimStore::~SimStore() {
  // Not before the store: its last calls reach on_fatal.
  disk_.KillProcess();
  store_.reset();
}

store::StoreOptions SimStore::Options() {
  store::StoreOptions options;
  options.root_directory = kRoot;
  options.commit_log_segment_bytes = log_segment_bytes_;
  options.consume_queue_segment_bytes = queue_segment_bytes_;
  options.flush_interval_ms = kNeverMs;
  options.queue_flush_interval_ms = kNeverMs;
  options.sync_flush_timeout_ms = kNeverMs;
  options.prepare_ahead_bytes = 0;
  options.message_index_enable = false;  // its thread writes when it likes
  options.clock = &clock_;
  options.disk = &disk_;
  options.on_fatal = [this](const Status&) {
    std::lock_guard lock(mutex_);
    ++fatal_calls_;
    changed_.notify_all();
  };
  return options;
}

Status SimStore::OpenWith(store::StoreOptions options) {
  {
    std::lock_guard lock(mutex_);
    fatal_calls_ = 0;
  }
  Result<std::unique_ptr<store::MessageStore>> opened = store::MessageStore::Open(options);
  if (!opened.ok()) return opened.status();
  store_ = std::move(opened).value();
  return Status::Ok();
}

Status SimStore::Close() {
  Status closed = store_->Close();
  store_.reset();
  if (!closed.ok()) return closed;
  acknowledged_end_ = std::max(acknowledged_end_, taken_end_);
  for (const std::string& path : disk_.UnsyncedPaths()) {
    // Deleted topics' files may lie about; nobody reads them.
    bool counts = path.find("/commitlog/") != std::string::npos ||
                  path.find("/consumequeue/topic") != std::string::npos;
    EXPECT_FALSE(counts) << path << " was not synced by a clean stop";
  }
  return closed;
}

void SimStore::Restart() {
  ASSERT_TRUE(disk_.down());
  store_.reset();
  disk_.Reboot();
}

void SimStore::Kill() {
  disk_.KillProcess();
  Restart();
}

void SimStore::PowerLoss(uint64_t seed) {
  disk_.PowerLoss(seed);
  taken_end_ = acknowledged_end_;
  Restart();
}

QueueName SimStore::RandomQueue() {
  std::string topic = "topic" + std::to_string(random_.Below(kTopics));
  return {topic, static_cast<int32_t>(random_.Below(kQueues))};
}

store::PutResult SimStore::PutRandom() {
  QueueName name = RandomQueue();
  bool batch = random_.OneIn(5);
  size_t max_body_bytes = random_.OneIn(10) ? 12'000 : 1500;
  return PutTo(name, batch ? static_cast<int>(random_.Between(2, kMaxBatch)) : 1,
               batch ? 1000 : max_body_bytes);
}

store::PutResult SimStore::PutTo(const QueueName& name, int count, size_t max_body_bytes) {
  std::vector<Sent> sent(static_cast<size_t>(count));
  std::vector<std::string> properties;
  std::vector<store::MessageToPut> messages;
  for (Sent& one : sent) {
    one.body = random_.Bytes(random_.Below(max_body_bytes));
    one.tag = std::string(1, static_cast<char>('A' + random_.Below(3)));
    one.key = "k" + std::to_string(messages_++);
    properties.push_back(History::PropertiesOf(one));
  }
  for (size_t i = 0; i < sent.size(); ++i) {
    store::MessageToPut message;
    message.topic = name.first;
    message.queue_id = name.second;
    message.born_timestamp_ms = clock_.WallMs();
    message.body = sent[i].body;
    message.properties = properties[i];
    message.tags_code = store::TagsCode(sent[i].tag);
    messages.push_back(message);
  }
  store::PutResult result =
      messages.size() == 1 ? store_->Put(messages[0]) : store_->PutBatch(messages);
  if (!result.ok()) return result;
  taken_end_ = result.end_offset;
  History::Queue& queue = history_.queues()[name];
  EXPECT_EQ(result.queue_offset, static_cast<int64_t>(queue.size()))
      << name.first << ": an offset twice, or left out";
  for (size_t i = 0; i < sent.size(); ++i) {
    sent[i].physical_offset = result.physical_offsets[i];
    sent[i].end_offset = result.end_offset;
    sent[i].store_timestamp_ms = result.store_timestamp_ms;
    queue.push_back(std::move(sent[i]));
  }
  return result;
}

bool SimStore::WaitDurable(int64_t end_offset) {
  auto answer = std::make_shared<int>(-1);  // guarded by mutex_
  store_->WhenDurable(end_offset, [this, answer](bool durable_in_time) {
    std::lock_guard lock(mutex_);
    *answer = durable_in_time ? 1 : 0;
    changed_.notify_all();
  });
  std::unique_lock lock(mutex_);
  bool in_time =
      changed_.wait_for(lock, kDeadline, [&] { return *answer >= 0 || fatal_calls_ > 0; });
  EXPECT_TRUE(in_time) << "WhenDurable never answers";
  EXPECT_NE(*answer, 0) << "a time-out that nothing explains";
  if (*answer != 1) return false;
  acknowledged_end_ = std::max(acknowledged_end_, end_offset);
  return true;
}

int SimStore::fatal_calls() {
  std::lock_guard lock(mutex_);
  return fatal_calls_;
}

void SimStore::ReopenAndCheck(int64_t safe_end) {
  Status opened = Open();
  ASSERT_TRUE(opened.ok()) << opened.ToString() << "\n" << disk_.Trace();
  CheckAndGoOn(safe_end);
}

void SimStore::CheckAndGoOn(int64_t safe_end) {
  ExpectPrefixOf(*store_, safe_end, &history_, &random_);
  std::vector<store::DamagedRange> damages = store_->Damages();
  EXPECT_TRUE(damages.empty()) << "a crash taken for damage: " << damages[0].reason;
  for (int i = 0; i < 3; ++i) {
    store::PutResult put = PutRandom();
    ASSERT_TRUE(put.ok()) << put.error;
  }
  EXPECT_TRUE(Flush());
  ExpectAllOf(*store_, history_, &random_);
}

void CopyFiles(FileSystem& from, const std::vector<std::string>& paths, FileSystem& to) {
  for (const std::string& path : paths) {
    Result<std::string> content = from.Read(path, kFileLimitBytes);
    ASSERT_TRUE(content.ok()) << content.status().ToString();
    ASSERT_TRUE(to.MakeDirectories(path.substr(0, path.rfind('/'))).ok());
    ASSERT_TRUE(to.Write(path, *content, FileSystem::Sync::kYes).ok());
  }
}

}  // namespace rewindmq::sim
