#pragma once
// The index of one topic's queue: unit n, 20 bytes, says where in the log message n is (RocketMQ's
// ConsumeQueue): physical offset 8, record size 4, tags code 8, big-endian.
//
// Thread safety: Reserve, Append and the recovery methods by one thread at a time (the store's put
// lock); reads may run at any time. Offsets are message indexes unless named otherwise.

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "broker/store/segment_list.h"
#include "common/base/status.h"

namespace rewindmq::store {

inline constexpr int64_t kConsumeQueueUnitBytes = 20;

struct ConsumeQueueUnit {
  int64_t physical_offset = 0;
  int32_t record_bytes = 0;
  int64_t tags_code = 0;

  int64_t end_offset() const { return physical_offset + record_bytes; }
  // RocketMQ fills a queue that starts late with such units; they name no record.
  static constexpr int32_t kBlankRecordBytes = 0x7FFFFFFF;
  bool IsBlank() const { return physical_offset == 0 && record_bytes == kBlankRecordBytes; }
};

class ConsumeQueue {
 public:
  // A broker has thousands of queues that get a unit now and then: none may cost more than the page
  // that it is written to.
  ConsumeQueue(Disk* disk, std::string directory, int64_t segment_bytes)
      : segments_(disk, std::move(directory), segment_bytes, SegmentList::Access::kRandom) {}

  // Maps the files and finds the end. kCorruption when units are missing in the middle.
  Status Load();

  int64_t max_offset() const { return max_offset_.load(std::memory_order_acquire); }
  int64_t min_offset() const { return min_offset_.load(std::memory_order_acquire); }

  // Room for `count` more units; kResourceExhausted when the disk is full.
  Status Reserve(int64_t count);
  // Needs a Reserve that covered it.
  void Append(const ConsumeQueueUnit& unit);
  // A unit without a record, which readers pass over.
  void AppendBlank();
  // Empty outside of what the files hold.
  std::optional<ConsumeQueueUnit> At(int64_t offset) const;

  // Units lying next to each other from `offset` on, at most up to the end of their segment.
  class Run {
   public:
    int64_t size() const { return count_; }
    ConsumeQueueUnit operator[](int64_t index) const;

   private:
    friend class ConsumeQueue;
    std::shared_ptr<Segment> segment_;
    const char* data_ = nullptr;
    int64_t count_ = 0;
  };
  Run RunAt(int64_t offset) const;

  // Syncs what was appended since the last Flush. Safe beside appends; one thread at a time, also
  // for the two below.
  Status Flush();
  int64_t flushed_offset() const { return flushed_offset_; }
  // The units before `offset`, and the names of their files, were synced by other means.
  void MarkFlushed(int64_t offset) {
    flushed_offset_ = offset;
    folder_synced_ = true;
  }

  // For recovery. An empty queue gets a start other than 0; units before it are blank.
  Status StartAt(int64_t offset);
  // Replaces the unit at an offset that the queue holds.
  void Overwrite(int64_t offset, const ConsumeQueueUnit& unit);
  // Forgets units from `offset` on and zeroes their bytes; costs little where there are none.
  Status CutAt(int64_t offset);
  // Forgets units of records behind the log's end, whose files had reached to `files_end`.
  Status CutBehind(int64_t log_end, int64_t files_end);
  // Deletes segments all of whose records lie before the log's first offset, and moves the first
  // offset. Safe beside appends, reads and flushes; one thread at a time.
  Status DeleteBefore(int64_t log_min);
  // Moves the first offset to the first unit whose record the log still has.
  void CorrectMin(int64_t log_min);

  const std::string& directory() const { return segments_.directory(); }

 private:
  int64_t FirstUnit() const;
  bool LooksExpired(int64_t offset, int64_t log_min) const;
  bool IsExpired(int64_t offset, int64_t log_min) const;
  bool MayBeLast(int64_t offset, int64_t log_end, int64_t files_end) const;
  int64_t CountUnits(const Segment& segment) const;

  SegmentList segments_;
  std::shared_ptr<Segment> current_;  // of the appending thread
  std::atomic<int64_t> max_offset_{0};
  std::atomic<int64_t> min_offset_{0};
  int64_t flushed_offset_ = 0;  // of the flushing thread
  bool folder_synced_ = false;  // of the flushing thread
};

}  // namespace rewindmq::store
