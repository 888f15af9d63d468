#pragma once
// The machine's disk as the store sees it: files, segments, a lock, and how full it is. Tests put a
// simulated one in its place, which forgets what was not synced. Thread safety: every method may be
// called from any thread.

#include <cstdint>
#include <memory>
#include <string>

#include "broker/store/segment.h"
#include "common/base/file_system.h"
#include "common/base/status.h"

namespace rewindmq::store {

// Of the file system that holds a folder; what others than root may use.
struct DiskUsage {
  int64_t total_bytes = 0;
  int64_t free_bytes = 0;

  double used_ratio() const {
    return total_bytes <= 0
               ? 0
               : 1 - static_cast<double>(free_bytes) / static_cast<double>(total_bytes);
  }
};

// Held until it is destroyed.
class DiskLock {
 public:
  virtual ~DiskLock() = default;
};

class Disk {
 public:
  virtual ~Disk() = default;
  virtual FileSystem& files() = 0;
  // Makes the file when it is missing; new bytes are zeros. The name lasts once its folder was
  // synced. kInvalidArgument when the file is larger than `bytes`.
  virtual Result<std::shared_ptr<Segment>> OpenSegment(std::string path, int64_t base_offset,
                                                       int64_t bytes) = 0;
  // Excludes every other holder on this machine. kConflict when there is one.
  virtual Result<std::unique_ptr<DiskLock>> Lock(const std::string& path) = 0;
  // Everything of the file system that holds this folder, contents and names, in one go: a thousand
  // files cost hardly more than one. kInvalidArgument when it cannot; then each must be synced.
  virtual Status SyncEverything(const std::string& path) {
    return {ErrorCode::kInvalidArgument, "the disk of " + path + " cannot sync everything at once"};
  }
  virtual Result<DiskUsage> Usage(const std::string& path) = 0;
};

Disk& RealDisk();

}  // namespace rewindmq::store
