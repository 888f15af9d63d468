#pragma once
// The log of all messages of all topics, one record after the other (RocketMQ's CommitLog). A
// record never spans two segments: the rest of a segment that is too short gets a blank record.
//
// Thread safety: Prepare and Publish by one thread at a time (the store's put lock); everything
// else may be called from any thread at any time. Offsets are global bytes ("physical").

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "broker/store/get_result.h"
#include "broker/store/record.h"
#include "broker/store/segment_list.h"
#include "common/base/status.h"

namespace rewindmq::store {

class CommitLog {
 public:
  CommitLog(Disk* disk, std::string directory, int64_t segment_bytes)
      : segments_(disk, std::move(directory), segment_bytes) {}

  // Maps the segments; the end is unknown until SetEnd.
  Status Load(std::vector<int64_t>* made = nullptr) { return segments_.Load(made); }
  // See SegmentList.
  void OnSyncFailure(std::function<void(const Status&)> listener) {
    segments_.OnSyncFailure(std::move(listener));
  }
  // Adds empty segments until the log has room up to `end`: the lost ones of a log that had been
  // that long.
  Status ExtendTo(int64_t end);
  // Recovery's result: records end here. Removes what is behind it, when there is anything.
  Status CutAt(int64_t end);
  void SetEnd(int64_t end) { end_.store(end, std::memory_order_release); }

  struct Place {
    char* to;
    int64_t physical_offset;
  };
  // A place for `bytes` at the end, in one segment. Nobody sees it before Publish; without Publish
  // the next Prepare gives the same place again. kResourceExhausted when the disk is full;
  // kInvalidArgument when no segment is large enough.
  Result<Place> Prepare(int64_t bytes);
  void Publish(int64_t end) { end_.store(end, std::memory_order_release); }

  // Makes ready what the next Prepare calls will need, as far as `window_bytes` behind the end:
  // blocks, page faults, the next segment. Called from a background thread. The appender meets a
  // failure again and can tell the producer.
  Status MakeReady(int64_t from, int64_t end);

  // Deletes the oldest segment, unless the log's end lies in it; false then.
  Result<bool> RemoveFirst();

  int64_t min_offset() const;
  int64_t end_offset() const { return end_.load(std::memory_order_acquire); }

  // The record of `bytes` bytes, or of its own size when `bytes` is 0. Empty when the log does not
  // hold a record there: its magic, size and own offset are checked, its checksums are not.
  std::optional<RecordView> RecordAt(int64_t physical_offset, int32_t bytes = 0) const;

  // When this returns Ok, everything in the range survives power loss.
  Status Sync(int64_t from, int64_t end);

  const SegmentList& segments() const { return segments_; }

 private:
  Result<std::shared_ptr<Segment>> SegmentFor(int64_t offset);

  SegmentList segments_;
  std::atomic<int64_t> end_{0};
  std::mutex extend_mutex_;           // who creates the next segment
  std::shared_ptr<Segment> current_;  // of the appending thread
};

}  // namespace rewindmq::store
