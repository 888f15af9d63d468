// The simulated disk as a FileSystem.

#include "tests/sim/disk/sim_disk_do.h"

namespace rewindmq::sim {

Result<std::string> SimDisk::Read(const std::string& path, size_t limit_bytes) {
  std::string content;
  REWIND_TRY(Do(IoKind::kRead, path, [&]() -> Status {
    std::shared_ptr<SimFile> file = names_.FindFile(path);
    if (file == nullptr) return Status(ErrorCode::kNotFound, "open " + path + ": no such file");
    if (file->content().size() > limit_bytes) {
      return Status(ErrorCode::kResourceExhausted, path + " is too large");
    }
    content = file->content();
    return Status::Ok();
  }));
  return content;
}

Status SimDisk::SyncFile(const std::string& path) {
  return Do(
      IoKind::kSyncFile, path,
      [&]() -> Status {
        names_.FindFile(path)->SyncAll();
        return Status::Ok();
      },
      [&] {
        SimFile* file = names_.FindFile(path).get();
        file->LoseDirty(0, file->content().size());
      });
}

Status SimDisk::Write(const std::string& path, std::string_view content, Sync sync) {
  auto write = [&](std::string_view part) -> Status {
    REWIND_TRY_ASSIGN(std::shared_ptr<SimFile> file, names_.FindOrCreate(path));
    file->Truncate(0);
    file->WriteAt(0, part);
    return Status::Ok();
  };
  REWIND_TRY(Do(
      IoKind::kWrite, path, [&] { return write(content); },
      [&] { (void)write(content.substr(0, content.size() / 2)); }));
  return sync == Sync::kYes ? SyncFile(path) : Status::Ok();
}

Status SimDisk::WriteAt(const std::string& path, int64_t position, std::string_view content,
                        Sync sync) {
  auto write = [&](std::string_view part) -> Status {
    REWIND_TRY_ASSIGN(std::shared_ptr<SimFile> file, names_.FindOrCreate(path));
    file->WriteAt(static_cast<size_t>(position), part);
    return Status::Ok();
  };
  REWIND_TRY(Do(
      IoKind::kWrite, path, [&] { return write(content); },
      [&] { (void)write(content.substr(0, content.size() / 2)); }));
  return sync == Sync::kYes ? SyncFile(path) : Status::Ok();
}

Status SimDisk::Link(const std::string& from, const std::string& to) {
  return Do(IoKind::kLink, to, [&] { return names_.Link(from, to); });
}

Status SimDisk::Rename(const std::string& from, const std::string& to) {
  return Do(IoKind::kRename, to, [&] { return names_.Rename(from, to); });
}

Status SimDisk::Remove(const std::string& path) {
  return Do(IoKind::kRemove, path, [&] {
    Status removed = names_.Remove(path);
    return removed.code() == ErrorCode::kNotFound ? Status::Ok() : removed;
  });
}

Status SimDisk::RemoveTree(const std::string& path) {
  return Do(IoKind::kRemoveTree, path, [&] { return names_.RemoveTree(path); });
}

Status SimDisk::MakeDirectories(const std::string& path) {
  return Do(IoKind::kMakeDirectories, path, [&] { return names_.MakeDirectories(path); });
}

Status SimDisk::SyncDirectory(const std::string& path) {
  return Do(IoKind::kSyncDirectory, path, [&] { return names_.SyncDirectory(path); });
}

// Its answer has no room for an error; a dead process asks nobody.
bool SimDisk::Exists(const std::string& path) {
  std::lock_guard lock(mutex_);
  return !down_ && names_.Exists(path);
}

Result<std::vector<std::string>> SimDisk::List(const std::string& path) {
  std::vector<std::string> names;
  REWIND_TRY(Do(IoKind::kList, path, [&]() -> Status {
    REWIND_TRY_ASSIGN(names, names_.List(path));
    return Status::Ok();
  }));
  return names;
}

}  // namespace rewindmq::sim
