#pragma once
// The files `lock` and `abort` in a store's root folder: one process at a time, and a mark that
// stays when the process did not end well (RocketMQ's lock file and abort file).
// Thread safety: none needed; used while a store opens and closes.

#include <memory>
#include <string>

#include "broker/store/disk.h"
#include "common/base/status.h"

namespace rewindmq::store {

class RootLock {
 public:
  // kConflict when another store, ours or Java's, has the folder.
  static Result<RootLock> Take(Disk* disk, const std::string& root_directory);

  bool was_closed() const { return was_closed_; }
  // Survives power loss when it returns Ok.
  Status MarkOpen();
  Status MarkClosed();

 private:
  std::string AbortPath() const { return root_directory_ + "/abort"; }

  Disk* disk_ = nullptr;
  std::string root_directory_;
  std::unique_ptr<DiskLock> lock_;
  bool was_closed_ = false;
};

}  // namespace rewindmq::store
