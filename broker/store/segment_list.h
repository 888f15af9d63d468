#pragma once
// The segments of one folder: files of equal size whose names are the offsets of their first bytes
// as 20 digits, without a gap (RocketMQ's MappedFileQueue).
// Thread safety: lookups may run at any time; Load, Append, CutAt and RemoveFirst by one thread at
// a time.

#include <cstdint>
#include <functional>
#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

#include "broker/store/disk.h"
#include "broker/store/segment.h"
#include "common/base/status.h"

namespace rewindmq::store {

class SegmentList {
 public:
  enum class Access : uint8_t { kSequential, kRandom };
  SegmentList(Disk* disk, std::string directory, int64_t segment_bytes,
              Access access = Access::kSequential);

  // Maps what is there; a missing folder is an empty list. kCorruption names a missing segment;
  // when `made` is given, an empty one is made in its place and its first offset added there.
  Status Load(std::vector<int64_t>* made = nullptr);

  bool empty() const;
  // Null when no segment holds that offset.
  std::shared_ptr<Segment> Find(int64_t offset) const;
  std::shared_ptr<Segment> First() const;
  std::shared_ptr<Segment> Last() const;
  std::vector<std::shared_ptr<Segment>> All() const;

  // Told when the folder's sync fails: names that were synced before may be lost, and a second try
  // could succeed without them. Set it before the first Append.
  void OnSyncFailure(std::function<void(const Status&)> listener) {
    on_sync_failure_ = std::move(listener);
  }

  // Creates the segment after the last one; the first one at `first_base`. Syncs the folder when
  // asked to, so that the new name survives power loss.
  enum class SyncFolder : uint8_t { kNo, kYes };
  Result<std::shared_ptr<Segment>> Append(int64_t first_base, SyncFolder sync);
  // Whether any byte from `offset` on is not zero.
  bool HasDataFrom(int64_t offset) const;
  // Removes everything from `offset` on: zeroes the rest of its segment, deletes later ones, and
  // its own when nothing is left in it.
  Status CutAt(int64_t offset);

  // Deletes the oldest segment; false when it is the only one. Durable when it returns, so that
  // power loss never leaves a gap.
  Result<bool> RemoveFirst();

  const std::string& directory() const { return directory_; }
  Disk& disk() const { return *disk_; }
  int64_t segment_bytes() const { return segment_bytes_; }

 private:
  Result<std::shared_ptr<Segment>> Open(int64_t base) const;
  Status SyncFolderNow(const std::string& folder) const;

  Disk* const disk_;
  const std::string directory_;
  const int64_t segment_bytes_;
  const Access access_;
  std::function<void(const Status&)> on_sync_failure_;
  mutable std::shared_mutex mutex_;
  std::vector<std::shared_ptr<Segment>> segments_;  // guarded by mutex_
};

// "00000000001073741824".
std::string SegmentName(int64_t base_offset);

}  // namespace rewindmq::store
