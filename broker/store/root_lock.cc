#include "broker/store/root_lock.h"

#include <filesystem>

namespace rewindmq::store {
namespace {

// Makes the folder and those above it; the names of all that were made survive power loss.
Status MakeLasting(FileSystem* files, const std::string& path) {
  std::vector<std::string> parents;  // of folders that are missing, the lowest first
  for (std::filesystem::path folder(path); !files->Exists(folder.string());
       folder = folder.parent_path()) {
    std::string parent = folder.parent_path().string();
    parents.push_back(parent.empty() ? "." : parent);
    if (parent.empty() || parent == folder.string()) break;
  }
  REWIND_TRY(files->MakeDirectories(path));
  for (const std::string& parent : parents) REWIND_TRY(files->SyncDirectory(parent));
  return Status::Ok();
}

}  // namespace

Result<RootLock> RootLock::Take(Disk* disk, const std::string& root_directory) {
  REWIND_TRY(MakeLasting(&disk->files(), root_directory));
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
