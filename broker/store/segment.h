#pragma once
// One file of fixed size, mapped into memory: a piece of the commit log or of a consume queue
// (RocketMQ's MappedFile). The file is sparse; blocks are reserved before they are written, because
// a full disk would otherwise end the process with SIGBUS instead of an error.
//
// Lifetime: held by shared_ptr. The mapping lives as long as anybody holds it, also after Unlink.
// Thread safety: Reserve, Prefault and Sync may run at the same time as reads and writes of the
// memory; who may write which bytes is the owner's business. CutAt and Unlink need a quiet owner.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "common/base/status.h"

namespace rewindmq::store {

class Segment {
 public:
  // base_offset is the global offset of the file's first byte. A shorter file of that name, which a
  // crash can leave, is made whole with zeros; a longer one is kInvalidArgument.
  static Result<std::shared_ptr<Segment>> Open(std::string path, int64_t base_offset,
                                               int64_t bytes);
  ~Segment();
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  int64_t base_offset() const { return base_offset_; }
  int64_t bytes() const { return bytes_; }
  int64_t end_offset() const { return base_offset_ + bytes_; }
  const std::string& path() const { return path_; }
  // Global offset to address; the offset must lie inside.
  char* At(int64_t offset) { return data_ + (offset - base_offset_); }
  const char* At(int64_t offset) const { return data_ + (offset - base_offset_); }

  // All below work with global offsets.

  // Makes sure that the bytes up to `end` have blocks on the disk; cheap when they have. `ahead`
  // more are taken with them where there is space. kResourceExhausted when the disk is full.
  Status Reserve(int64_t from, int64_t end, int64_t ahead);
  // Takes the page faults of a range now, so that a writer does not; changes no byte.
  void Prefault(int64_t from, int64_t end);
  // When this returns Ok the range survives power loss.
  Status Sync(int64_t from, int64_t end);
  // Zeroes everything from `offset` on and gives its blocks back; durable with the next Sync.
  Status CutAt(int64_t offset);
  // The next offset >= from that may hold something other than zeros; end_offset() when none does.
  int64_t NextData(int64_t from) const;
  Status Unlink();

 private:
  Segment(std::string path, int64_t base_offset, int64_t bytes, char* data);

  const std::string path_;
  const int64_t base_offset_;
  const int64_t bytes_;
  char* const data_;
  std::mutex reserve_mutex_;
  std::atomic<int64_t> reserved_end_;  // global offset; 0 before the first Reserve
};

}  // namespace rewindmq::store
