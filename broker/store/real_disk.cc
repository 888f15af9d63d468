#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>

#include "broker/store/disk.h"
#include "broker/store/mapped_segment.h"
#include "common/base/file.h"

namespace rewindmq::store {
namespace {

class FileLock final : public DiskLock {
 public:
  explicit FileLock(FileDescriptor file) : file_(std::move(file)) {}

 private:
  FileDescriptor file_;
};

class Real final : public Disk {
 public:
  FileSystem& files() override { return RealFileSystem(); }

  Result<std::shared_ptr<Segment>> OpenSegment(std::string path, int64_t base_offset,
                                               int64_t bytes) override {
    return MappedSegment::Open(std::move(path), base_offset, bytes);
  }

  Result<std::unique_ptr<DiskLock>> Lock(const std::string& path) override {
    FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (!file.valid()) return Status::FromErrno("open " + path, errno);
    // Byte 0, as Java locks it; of the open file, so that two stores in one process exclude each
    // other too.
    struct flock byte {};
    byte.l_type = F_WRLCK;
    byte.l_whence = SEEK_SET;
    byte.l_len = 1;
    if (::fcntl(file.get(), F_OFD_SETLK, &byte) != 0) {
      if (errno != EAGAIN && errno != EACCES) return Status::FromErrno("lock " + path, errno);
      return Status(ErrorCode::kConflict, path + " is locked by another process");
    }
    if (::pwrite(file.get(), "lock", 4, 0) != 4) return Status::FromErrno("write " + path, errno);
    return std::unique_ptr<DiskLock>(std::make_unique<FileLock>(std::move(file)));
  }

  Status SyncEverything(const std::string& path) override {
    FileDescriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.valid()) return Status::FromErrno("open " + path, errno);
    if (::syncfs(folder.get()) != 0) return Status::FromErrno("syncfs " + path, errno);
    return Status::Ok();
  }

  Result<DiskUsage> Usage(const std::string& path) override {
    struct statvfs info {};
    if (::statvfs(path.c_str(), &info) != 0) return Status::FromErrno("statvfs " + path, errno);
    auto block = static_cast<int64_t>(info.f_frsize);
    auto used = static_cast<int64_t>(info.f_blocks - info.f_bfree);
    auto available = static_cast<int64_t>(info.f_bavail);
    return DiskUsage{(used + available) * block, available * block};
  }
};

}  // namespace

Disk& RealDisk() {
  static Real real;
  return real;
}

}  // namespace rewindmq::store
