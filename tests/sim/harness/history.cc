#include "tests/sim/harness/history.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "broker/store/record.h"

namespace rewindmq::sim {
namespace {

using store::GetResult;
using store::GetStatus;
using store::MessageStore;
using store::Record;

std::string Label(const QueueName& name, int64_t offset) {
  return name.first + "/" + std::to_string(name.second) + " message " + std::to_string(offset);
}

// The offset of a record that was served; -1 when it is not what was sent.
int64_t ExpectSent(const QueueName& name, const History::Queue& sent, std::string_view bytes) {
  Result<Record> record = store::DecodeRecord(bytes, store::CrcCheck::kVerify);
  if (!record.ok()) {
    ADD_FAILURE() << Label(name, -1) << " is no record: " << record.status().ToString();
    return -1;
  }
  int64_t offset = record->queue_offset;
  if (offset < 0 || offset >= static_cast<int64_t>(sent.size())) {
    ADD_FAILURE() << Label(name, offset) << " was never sent: a phantom";
    return -1;
  }
  const Sent& original = sent[static_cast<size_t>(offset)];
  EXPECT_EQ(record->topic, name.first) << Label(name, offset);
  EXPECT_EQ(record->queue_id, name.second) << Label(name, offset);
  EXPECT_TRUE(record->body == original.body) << Label(name, offset) << " has another body";
  EXPECT_TRUE(record->properties.starts_with(History::PropertiesOf(original)))
      << Label(name, offset) << " at " << original.physical_offset
      << " has other properties: " << record->properties;
  EXPECT_EQ(record->physical_offset, original.physical_offset) << Label(name, offset);
  EXPECT_EQ(record->store_timestamp_ms, original.store_timestamp_ms) << Label(name, offset);
  return offset;
}

// How many of them lie in segments that retention has deleted.
int64_t ExpiredOf(const History::Queue& sent, int64_t log_min) {
  return std::count_if(sent.begin(), sent.end(), [log_min](const Sent& message) {
    return message.physical_offset < log_min;
  });
}

bool IsReported(const std::vector<store::DamagedRange>& damages, const QueueName& name,
                int64_t offset, const Sent& sent) {
  std::string label = "message " + std::to_string(offset) + " of queue " +
                      std::to_string(name.second) + " of topic " + name.first;
  return std::any_of(damages.begin(), damages.end(), [&](const store::DamagedRange& damage) {
    bool covers = sent.physical_offset >= damage.from && sent.physical_offset < damage.end;
    bool names_file = damage.reason.find("byte ") != std::string::npos &&
                      damage.reason.find(" of /") != std::string::npos;
    return names_file && (covers || damage.reason.find(label + ":") != std::string::npos);
  });
}

}  // namespace

std::string History::PropertiesOf(const Sent& sent) {
  return "TAGS\001" + sent.tag + "\002KEYS\001" + sent.key + "\002";
}

void History::Forget(const std::string& topic) {
  std::erase_if(queues_, [&](const auto& entry) { return entry.first.first == topic; });
}

int64_t History::size() const {
  int64_t sum = 0;
  for (const auto& [name, queue] : queues_) sum += static_cast<int64_t>(queue.size());
  return sum;
}

std::vector<int64_t> ReadQueue(const MessageStore& store, const QueueName& name,
                               const History::Queue& sent, Random* random) {
  std::vector<int64_t> served;
  int64_t max = store.MaxOffset(name.first, name.second);
  int64_t next = store.MinOffset(name.first, name.second);
  while (next < max) {
    auto count = static_cast<int32_t>(random->Between(1, 64));
    GetResult got =
        store.Get(name.first, name.second, next, count, random->Between(1, 1 << 18), nullptr);
    EXPECT_EQ(got.max_offset, max);
    EXPECT_LE(got.records.size(), static_cast<size_t>(count));
    for (const store::RecordView& view : got.records) {
      int64_t offset = ExpectSent(name, sent, view.bytes);
      if (offset < 0) return served;
      EXPECT_GE(offset, next) << Label(name, offset);
      EXPECT_LT(offset, got.next_begin_offset) << Label(name, offset);
      EXPECT_TRUE(served.empty() || offset > served.back()) << Label(name, offset) << " again";
      served.push_back(offset);
    }
    if (got.next_begin_offset <= next) {
      ADD_FAILURE() << Label(name, next) << ": no way on, " << store::GetStatusName(got.status);
      return served;
    }
    next = got.next_begin_offset;
  }
  return served;
}

void ExpectPrefixOf(const MessageStore& store, int64_t safe_end, History* history, Random* random) {
  for (auto& [name, sent] : history->queues()) {
    int64_t max = store.MaxOffset(name.first, name.second);
    ASSERT_LE(max, static_cast<int64_t>(sent.size())) << Label(name, max) << ": a phantom";
    int64_t min = ExpiredOf(sent, store.MinPhysicalOffset());
    EXPECT_EQ(store.MinOffset(name.first, name.second), std::min(min, max)) << Label(name, min);
    std::vector<int64_t> served = ReadQueue(store, name, sent, random);
    for (int64_t offset = min; offset < max; ++offset) {
      bool is_there = std::binary_search(served.begin(), served.end(), offset);
      ASSERT_TRUE(is_there) << Label(name, offset) << " is a hole before " << max;
    }
    for (auto offset = static_cast<size_t>(max); offset < sent.size(); ++offset) {
      std::string label = Label(name, static_cast<int64_t>(offset));
      EXPECT_GT(sent[offset].end_offset, safe_end) << label << " was acknowledged and is lost";
      EXPECT_GE(sent[offset].physical_offset, store.MaxPhysicalOffset())
          << label << " is in the log, but not in its queue";
    }
    sent.resize(static_cast<size_t>(max));
  }
}

void ExpectAllOf(const MessageStore& store, const History& history, Random* random) {
  for (const auto& [name, sent] : history.queues()) {
    EXPECT_EQ(store.MaxOffset(name.first, name.second), static_cast<int64_t>(sent.size()));
    int64_t expired = ExpiredOf(sent, store.MinPhysicalOffset());
    EXPECT_EQ(static_cast<int64_t>(ReadQueue(store, name, sent, random).size()),
              static_cast<int64_t>(sent.size()) - expired)
        << Label(name, expired);
  }
}

int64_t ExpectDamageReported(const MessageStore& store, const History& history,
                             int64_t unvouched_from, Random* random) {
  std::map<QueueName, std::vector<int64_t>> served;
  for (const auto& [name, sent] : history.queues()) {
    served[name] = ReadQueue(store, name, sent, random);
  }
  // Asked for behind the reads, because they report too.
  std::vector<store::DamagedRange> damages = store.Damages();
  int64_t missing = 0;
  for (const auto& [name, sent] : history.queues()) {
    const std::vector<int64_t>& offsets = served[name];
    for (size_t i = 0; i < sent.size(); ++i) {
      auto offset = static_cast<int64_t>(i);
      if (std::binary_search(offsets.begin(), offsets.end(), offset)) continue;
      if (sent[i].physical_offset < store.MinPhysicalOffset()) continue;
      ++missing;
      bool may_be_torn = sent[i].physical_offset >= unvouched_from &&
                         sent[i].physical_offset >= store.MaxPhysicalOffset();
      EXPECT_TRUE(may_be_torn || IsReported(damages, name, offset, sent[i]))
          << Label(name, offset) << " at physical offset " << sent[i].physical_offset
          << " is gone without a word; log end " << store.MaxPhysicalOffset();
    }
  }
  return missing;
}

}  // namespace rewindmq::sim
