#pragma once
// What does not fit into a consume queue's units (RocketMQ's ConsumeQueueExt): for each message its
// tags code, store time, and the bits of a filter over it. Files in consumequeue_ext/<topic>/<queue
// id>, big-endian units one after the other:
//   size of all 2 | tags code 8 | store time 8 | bitmap size 2 | bitmap
// The rest of a segment that is too short for the next unit starts with a size of -1. A unit of the
// queue that has an extension carries its address in place of the tags code.
//
// Extensions are hints: without one, everything is found in the record. So losing them costs
// nothing, and whoever reads one compares its store time with the record's.
// Thread safety: Append and CutBehind by one thread at a time (the store's put lock); At and Flush
// may run at any time.

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "broker/store/segment_list.h"
#include "common/base/status.h"

namespace rewindmq::store {

inline constexpr int64_t kDefaultQueueExtSegmentBytes = 48 << 20;
inline constexpr int64_t kMinQueueExtUnitBytes = 20;
inline constexpr int64_t kMaxQueueExtUnitBytes = 32767;

// Tags codes are hashes of 32 bits, or times; smaller numbers are addresses of extensions.
inline bool IsQueueExtAddress(int64_t tags_code) { return tags_code < INT32_MIN; }

struct QueueExtUnit {
  int64_t tags_code = 0;
  int64_t store_timestamp_ms = 0;
  std::string bitmap;

  int64_t bytes() const { return kMinQueueExtUnitBytes + static_cast<int64_t>(bitmap.size()); }
};

class ConsumeQueueExt {
 public:
  ConsumeQueueExt(Disk* disk, std::string directory, int64_t segment_bytes)
      : segments_(disk, std::move(directory), segment_bytes) {}

  // Maps the files that are there.
  Status Load() { return segments_.Load(); }

  // Empty when no whole unit lies at that address.
  std::optional<QueueExtUnit> At(int64_t address) const;

  // The address to keep in the queue. kResourceExhausted when the disk is full, kInvalidArgument
  // when the bitmap is too large.
  Result<int64_t> Append(const QueueExtUnit& unit);
  // Everything that was appended before the call. When this returns Ok it survives power loss.
  Status Flush();

  // The queue's last unit with an extension is that with this address: forgets everything behind.
  // No address: forgets everything.
  Status CutBehind(std::optional<int64_t> last_address);
  // The queue's first unit with an extension: deletes segments that lie before.
  Status RemoveBefore(int64_t first_address);

 private:
  int64_t FindEnd() const;
  Result<std::shared_ptr<Segment>> RoomFor(int64_t bytes);

  SegmentList segments_;
  int64_t end_ = -1;  // of the appending thread; found at the first append
  std::atomic<int64_t> appended_{0};
  int64_t flushed_ = 0;  // of the flushing thread
};

}  // namespace rewindmq::store
