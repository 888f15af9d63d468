#include "broker/store/root_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace rewindmq::store {
namespace {

std::string AbortPath(const std::string& root) { return root + "/abort"; }

}  // namespace

Result<RootLock> RootLock::Take(const std::string& root_directory) {
  REWIND_TRY(MakeDirectories(root_directory));
  std::string path = root_directory + "/lock";
  RootLock taken;
  taken.root_directory_ = root_directory;
  taken.file_ = FileDescriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!taken.file_.valid()) return Status::FromErrno("open " + path, errno);
  // Byte 0, as Java locks it; of the open file, so that two stores in one process exclude each
  // other too.
  struct flock byte {};
  byte.l_type = F_WRLCK;
  byte.l_whence = SEEK_SET;
  byte.l_len = 1;
  if (::fcntl(taken.file_.get(), F_OFD_SETLK, &byte) != 0) {
    if (errno != EAGAIN && errno != EACCES) return Status::FromErrno("lock " + path, errno);
    return Status(ErrorCode::kConflict,
                  "another broker uses " + root_directory + "; give each broker its own folder");
  }
  if (::pwrite(taken.file_.get(), "lock", 4, 0) != 4) {
    return Status::FromErrno("write " + path, errno);
  }
  taken.was_closed_ = !FileExists(AbortPath(root_directory));
  return taken;
}

Status RootLock::MarkOpen() {
  std::string path = AbortPath(root_directory_);
  FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  if (!file.valid()) return Status::FromErrno("create " + path, errno);
  return SyncDirectory(root_directory_);
}

Status RootLock::MarkClosed() {
  std::string path = AbortPath(root_directory_);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    return Status::FromErrno("delete " + path, errno);
  }
  return SyncDirectory(root_directory_);
}

}  // namespace rewindmq::store
