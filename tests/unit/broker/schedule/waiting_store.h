#pragma once
// A store in a folder of its own with a clock that tests move, and a writer on it, for what waits.

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "broker/send/message_writer.h"
#include "broker/store/message_store.h"
#include "common/base/clock.h"
#include "common/protocol/properties_text.h"

namespace rewindmq::broker {

class WaitingStore : public testing::Test {
 protected:
  static constexpr int64_t kStartMs = 1'700'000'000'000;

  WaitingStore() {
    char name[] = "/tmp/rewind-waiting-test-XXXXXX";
    directory_ = mkdtemp(name);
    OpenStore();
  }
  ~WaitingStore() override {
    store_.reset();
    std::filesystem::remove_all(directory_);
  }

  void OpenStore() {
    store::StoreOptions options;
    options.root_directory = directory_;
    options.commit_log_segment_bytes = 1 << 20;
    options.clock = &clock_;
    options.tags_code_of = [](const store::Record& record) {
      return DelayLevels::Default().TagsCodeOf(record);
    };
    auto opened = store::MessageStore::Open(options);
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    store_ = std::move(*opened);
    writer_ = std::make_unique<MessageWriter>(store_.get(), DelayLevels::Default(), TimerRules(),
                                              &clock_);
    std::filesystem::create_directories(directory_ + "/config");
  }

  store::PutResult Put(const std::string& body,
                       const std::vector<std::pair<std::string, std::string>>& properties) {
    std::string text = protocol::BuildProperties(properties);
    store::MessageToPut message;
    message.topic = "TopicTest";
    message.queue_id = 2;
    message.body = body;
    message.properties = text;
    SendProperties scanned = ScanProperties(text);
    message.tags_code = scanned.TagsCode();
    return writer_->Put(message, scanned);
  }

  // What has arrived in the messages' own topic, in order.
  std::vector<std::string> Bodies() {
    std::vector<std::string> bodies;
    for (const store::RecordView& view :
         store_->Get("TopicTest", 2, 0, 1000, 1 << 24, {}).records) {
      bodies.emplace_back(store::DecodeRecord(view.bytes, store::CrcCheck::kVerify)->body);
    }
    return bodies;
  }

  using Strings = std::vector<std::string>;

  std::string directory_;
  FakeClock clock_{kStartMs};
  std::unique_ptr<store::MessageStore> store_;
  std::unique_ptr<MessageWriter> writer_;
};

}  // namespace rewindmq::broker
