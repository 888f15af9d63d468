#pragma once
// One file of fixed size, held in memory: a piece of the commit log, of a consume queue, or an
// index file (RocketMQ's MappedFile). Blocks are reserved before they are written, because a full
// disk would otherwise end the process with SIGBUS instead of an error.
//
// An interface, because what is written through memory escapes every hook on write calls: tests
// hold a segment whose un-synced pages are lost or torn. The real one is MappedSegment.
// Lifetime: held by shared_ptr. The memory lives as long as anybody holds it, also after Unlink.
// Thread safety: Reserve and Sync may run at the same time as reads and writes of the
// memory; who may write which bytes is the owner's business. CutAt and Unlink need a quiet owner.

#include <atomic>
#include <cstdint>
#include <string>

#include "common/base/status.h"

namespace rewindmq::store {

class Segment {
 public:
  virtual ~Segment() = default;
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  const std::string& path() const { return path_; }
  int64_t base_offset() const { return base_offset_; }
  int64_t end_offset() const { return base_offset_ + bytes_; }
  int64_t bytes() const { return bytes_; }

  // All ranges below are global offsets.
  char* At(int64_t offset) { return data_ + (offset - base_offset_); }
  const char* At(int64_t offset) const { return data_ + (offset - base_offset_); }

  // Makes sure that the bytes up to `end` have blocks on the disk and that their page faults are
  // taken; cheap when that is so. Blocks for `ahead` more are taken with them where there is space.
  // Changes no byte. kResourceExhausted when the disk is full.
  Status Reserve(int64_t from, int64_t end, int64_t ahead) {
    if (end <= reserved_end_.load(std::memory_order_acquire)) return Status::Ok();
    return ReserveMore(from, end, ahead);
  }
  // Pages will be touched here and there: the kernel need not read or zero their neighbours.
  virtual void ExpectRandomAccess() {}
  // When this returns Ok the range survives power loss.
  virtual Status Sync(int64_t from, int64_t end) = 0;
  // Zeroes everything from `offset` on and gives its blocks back; durable when it returns Ok.
  virtual Status CutAt(int64_t offset) = 0;
  // The next offset >= from that may hold something other than zeros; end_offset() when none does.
  virtual int64_t NextData(int64_t from) const = 0;
  // From here on there are only zeros; at most end_offset(). What lies behind need not be touched,
  // which on a full tmpfs not even a reader may do.
  virtual int64_t DataEnd() const { return end_offset(); }
  virtual Status Unlink() = 0;

 protected:
  Segment(std::string path, int64_t base_offset, int64_t bytes, char* data)
      : path_(std::move(path)), base_offset_(base_offset), bytes_(bytes), data_(data) {}

  virtual Status ReserveMore(int64_t from, int64_t end, int64_t ahead) = 0;

  const std::string path_;
  const int64_t base_offset_;
  const int64_t bytes_;
  char* const data_;
  std::atomic<int64_t> reserved_end_{0};  // global offset; 0 before the first Reserve
};

}  // namespace rewindmq::store
