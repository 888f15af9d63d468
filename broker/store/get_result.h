#pragma once
// What MessageStore::Get answers (RocketMQ's GetMessageResult and GetMessageStatus).
// Thread safety: plain values; the bytes behind a RecordView never change.

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace rewindmq::store {

enum class GetStatus : uint8_t {
  kFound,
  kNoMatchedMessage,    // messages were there, none passed the filter
  kMessageWasRemoving,  // the queue still names records that the log no longer has
  kOffsetFoundNull,
  kOffsetOverflowBadly,  // beyond the end by more than one
  kOffsetOverflowOne,    // exactly at the end: nothing new yet
  kOffsetTooSmall,
  kNoMatchedLogicQueue,  // no such queue
  kNoMessageInQueue,
};

// Java's name: "FOUND", "OFFSET_OVERFLOW_ONE", …
std::string_view GetStatusName(GetStatus status);

// One record, straight from the mapped segment. The bytes stay valid as long as keep_alive does,
// even after the segment's file is deleted or the store is closed.
struct RecordView {
  std::string_view bytes;
  std::shared_ptr<const void> keep_alive;
};

struct GetResult {
  GetStatus status = GetStatus::kNoMatchedLogicQueue;
  int64_t next_begin_offset = 0;
  int64_t min_offset = 0;
  int64_t max_offset = 0;
  std::vector<RecordView> records;
  int64_t total_bytes = 0;
};

// True when a message with this tags code is wanted. An empty function wants everything.
using TagsFilter = std::function<bool(int64_t tags_code)>;
// True when a message with these properties is wanted; asked after the tags, and costs more because
// the record must be read. An empty function wants everything.
using PropertiesFilter = std::function<bool(std::string_view properties)>;

// Which end of a run of equal times a search answers.
enum class Boundary : uint8_t {
  kLower,  // the first message stored at or after the time; the end of the queue when there is none
  kUpper,  // the last message stored at or before the time; the start of the queue when none is
  // The message stored nearest to the time, the earlier one of two as near, the first one at
  // exactly the time; never the end of the queue (RocketMQ before 5.1.1).
  kNearest,
};

}  // namespace rewindmq::store
