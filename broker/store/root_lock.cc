#include "broker/store/root_lock.h"

namespace rewindmq::store {

Result<RootLock> RootLock::Take(Disk* disk, const std::string& root_directory) {
  REWIND_TRY(disk->files().MakeDirectories(root_directory));
  RootLock taken;
  taken.disk_ = disk;
  taken.root_directory_ = root_directory;
  Result<std::unique_ptr<DiskLock>> lock = disk->Lock(root_directory + "/lock");
  if (lock.status().code() == ErrorCode::kConflict) {
    return Status(ErrorCode::kConflict,
                  "another broker uses " + root_directory + "; give each broker its own folder");
  }
  REWIND_TRY(lock.status());
  taken.lock_ = std::move(*lock);
  taken.was_closed_ = !disk->files().Exists(taken.AbortPath());
  return taken;
}

Status RootLock::MarkOpen() {
  REWIND_TRY(disk_->files().Write(AbortPath(), "", FileSystem::Sync::kNo));
  return disk_->files().SyncDirectory(root_directory_);
}

Status RootLock::MarkClosed() {
  REWIND_TRY(disk_->files().Remove(AbortPath()));
  return disk_->files().SyncDirectory(root_directory_);
}

}  // namespace rewindmq::store
