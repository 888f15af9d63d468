#pragma once
// A store in a folder of its own, with small segments and a clock that the test moves.

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "broker/store/message_store.h"
#include "broker/store/record.h"

namespace rewindmq::store {

inline constexpr int64_t kStartMs = 1'700'000'000'000;
inline constexpr int64_t kTestSegmentBytes = 64 * 1024;

// Where message n of an only queue "T" starts in the log ("message n", no properties).
inline int64_t RecordStart(int64_t n) {
  constexpr int64_t kShortest = 91 + 9 + 1;
  return n * kShortest + std::max<int64_t>(0, n - 10) + std::max<int64_t>(0, n - 100);
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "store_test_XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class StoreTest : public testing::Test {
 protected:
  StoreOptions Options() {
    StoreOptions options;
    options.root_directory = root();
    options.commit_log_segment_bytes = kTestSegmentBytes;
    options.consume_queue_segment_bytes = 100 * 20;
    options.clock = &clock_;
    options.record_crc = RecordCrc::kNone;  // so that sizes are easily told
    return options;
  }
  void Open() { OpenWith(Options()); }
  void OpenWith(StoreOptions options) {
    Result<std::unique_ptr<MessageStore>> opened = MessageStore::Open(std::move(options));
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    store_ = std::move(opened).value();
  }
  void Close() {
    Status closed = store_->Close();
    ASSERT_TRUE(closed.ok()) << closed.ToString();
    store_.reset();
  }
  // Runs `work` on the store in a process that ends without closing it.
  void InKilledProcess(const std::function<void()>& work);

  static MessageToPut Message(std::string_view topic, int32_t queue_id, std::string_view body) {
    MessageToPut message;
    message.topic = topic;
    message.queue_id = queue_id;
    message.body = body;
    return message;
  }
  PutResult Put(std::string_view topic, int32_t queue_id, std::string_view body) {
    return store_->Put(Message(topic, queue_id, body));
  }
  void PutMany(std::string_view topic, int32_t queue_id, int from, int end) {
    for (int i = from; i < end; ++i) {
      PutResult result = Put(topic, queue_id, "message " + std::to_string(i));
      ASSERT_TRUE(result.ok()) << result.error;
      ASSERT_EQ(result.queue_offset, i);
    }
  }
  // The bodies of a queue from `offset` on, read in several Gets.
  std::vector<std::string> Bodies(std::string_view topic, int32_t queue_id, int64_t offset = 0);
  // Message n must be "message n", for all of [from, end), and nothing behind it.
  void ExpectMessages(std::string_view topic, int32_t queue_id, int from, int end);

  std::string root() const { return folder_.path() + "/store"; }
  std::string LogSegment(int index) const;

  TemporaryFolder folder_;
  FakeClock clock_{kStartMs};
  std::unique_ptr<MessageStore> store_;
};

// Changes a file in place.
void OverwriteFile(const std::string& path, int64_t position, std::string_view bytes);
std::string ReadPart(const std::string& path, int64_t position, size_t bytes);

}  // namespace rewindmq::store
