#include "broker/store/mapped_segment.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "common/base/file.h"

namespace rewindmq::store {
namespace {

#ifdef MADV_POPULATE_WRITE
constexpr int kPopulateWrite = MADV_POPULATE_WRITE;
#else
constexpr int kPopulateWrite = 23;  // Linux 5.14; older headers do not name it
#endif

// How much of what is taken ahead is touched, too.
constexpr int64_t kTouchShare = 16;

int64_t PageBytes() {
  static const int64_t bytes = ::sysconf(_SC_PAGESIZE);
  return bytes;
}

Status WriteZeros(int fd, int64_t from, int64_t end, const std::string& path) {
  static constexpr char kZeros[64 * 1024] = {};
  while (from < end) {
    size_t part = static_cast<size_t>(std::min<int64_t>(end - from, sizeof kZeros));
    ssize_t written = ::pwrite(fd, kZeros, part, from);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Status::FromErrno("reserve space in " + path, errno);
    from += written;
  }
  return Status::Ok();
}

// From and end are positions in the file, and nothing has been written between them yet. Whole
// pages, because a page fault needs blocks for all of its page, however small they are.
Status Allocate(int fd, int64_t from, int64_t end, const std::string& path) {
  const int64_t page = PageBytes();
  const int64_t first = from / page * page;
  int result;
  do {
    result = ::fallocate(fd, FALLOC_FL_KEEP_SIZE, first, (end + page - 1) / page * page - first);
  } while (result != 0 && errno == EINTR);
  if (result == 0) return Status::Ok();
  if (errno == EOPNOTSUPP) return WriteZeros(fd, from, end, path);
  return Status::FromErrno("reserve space in " + path, errno);
}

}  // namespace

MappedSegment::~MappedSegment() { ::munmap(data_, static_cast<size_t>(bytes_)); }

Result<std::shared_ptr<Segment>> MappedSegment::Open(std::string path, int64_t base_offset,
                                                     int64_t bytes) {
  FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!file.valid()) return Status::FromErrno("open " + path, errno);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return Status::FromErrno("stat " + path, errno);
  if (info.st_size > bytes) {
    return Status(ErrorCode::kInvalidArgument,
                  path + " has " + std::to_string(info.st_size) + " bytes, but segments of " +
                      std::to_string(bytes) +
                      " bytes are configured; configure the size that the store was made with");
  }
  if (info.st_size < bytes && ::ftruncate(file.get(), bytes) != 0) {
    return Status::FromErrno("extend " + path, errno);
  }
  void* data = ::mmap(nullptr, static_cast<size_t>(bytes), PROT_READ | PROT_WRITE, MAP_SHARED,
                      file.get(), 0);
  if (data == MAP_FAILED) return Status::FromErrno("map " + path, errno);
  return std::shared_ptr<Segment>(
      new MappedSegment(std::move(path), base_offset, bytes, static_cast<char*>(data)));
}

Status MappedSegment::ReserveMore(int64_t from, int64_t end, int64_t ahead) {
  std::lock_guard lock(reserve_mutex_);
  // Without a gap to what was reserved before: `from` is only where the first one starts.
  const int64_t reserved = reserved_end_.load(std::memory_order_relaxed);
  const int64_t start = reserved != 0 ? reserved : from;
  if (end <= start) return Status::Ok();
  REWIND_TRY(TakeBlocks(std::max(start, blocks_end_), end, ahead));
  const int64_t touched_end = std::min(PageEnd(end + ahead / kTouchShare), blocks_end_);
  REWIND_TRY(Touch(std::max(start, from), touched_end));
  reserved_end_.store(touched_end, std::memory_order_release);
  return Status::Ok();
}

Status MappedSegment::TakeBlocks(int64_t start, int64_t end, int64_t ahead) {
  if (end <= blocks_end_) return Status::Ok();
  FileDescriptor file(::open(path_.c_str(), O_RDWR | O_CLOEXEC));
  if (!file.valid()) return Status::FromErrno("open " + path_, errno);
  int64_t wanted = std::min(PageEnd(end + ahead), end_offset());
  Status status = Allocate(file.get(), start - base_offset_, wanted - base_offset_, path_);
  if (!status.ok() && wanted > PageEnd(end)) {
    wanted = std::min(PageEnd(end), end_offset());
    status = Allocate(file.get(), start - base_offset_, wanted - base_offset_, path_);
  }
  if (status.ok()) blocks_end_ = wanted;
  return status;
}

// Blocks alone are not enough: on a full disk ext4 may need one more to mark a block as written. So
// the page faults are taken here, where they can be refused; a writer would be ended by SIGBUS.
Status MappedSegment::Touch(int64_t from, int64_t end) {
  const int64_t first = (from - base_offset_) / PageBytes() * PageBytes();
  const auto bytes = static_cast<size_t>(end - base_offset_ - first);
  if (::madvise(data_ + first, bytes, kPopulateWrite) == 0) return Status::Ok();
  if (errno == EINVAL) return Status::Ok();  // an older kernel: the writer takes the faults itself
  return Status(ErrorCode::kResourceExhausted,
                "no space to write in " + path_ + " although its blocks are reserved");
}

int64_t MappedSegment::PageEnd(int64_t offset) const {
  const int64_t page = PageBytes();
  return base_offset_ + (offset - base_offset_ + page - 1) / page * page;
}

void MappedSegment::ExpectRandomAccess() {
  (void)::madvise(data_, static_cast<size_t>(bytes_), MADV_RANDOM);
}

Status MappedSegment::Sync(int64_t from, int64_t end) {
  const int64_t first = (from - base_offset_) / PageBytes() * PageBytes();
  int64_t last = std::min(end - base_offset_, bytes_);
  if (last <= first) return Status::Ok();
  if (::msync(data_ + first, static_cast<size_t>(last - first), MS_SYNC) != 0) {
    return Status::FromErrno("sync " + path_, errno);
  }
  return Status::Ok();
}

Status MappedSegment::CutAt(int64_t offset) {
  FileDescriptor file(::open(path_.c_str(), O_RDWR | O_CLOEXEC));
  if (!file.valid()) return Status::FromErrno("open " + path_, errno);
  if (::ftruncate(file.get(), offset - base_offset_) != 0 || ::ftruncate(file.get(), bytes_) != 0 ||
      ::fsync(file.get()) != 0) {
    return Status::FromErrno("cut " + path_, errno);
  }
  std::lock_guard lock(reserve_mutex_);
  blocks_end_ = 0;
  reserved_end_.store(0, std::memory_order_release);
  return Status::Ok();
}

int64_t MappedSegment::NextData(int64_t from) const {
  if (from >= end_offset()) return end_offset();
  FileDescriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return from;
  off_t found = ::lseek(file.get(), from - base_offset_, SEEK_DATA);
  if (found < 0) return errno == ENXIO ? end_offset() : from;
  return base_offset_ + found;
}

int64_t MappedSegment::DataEnd() const {
  FileDescriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return end_offset();
  off_t hole = 0;
  while (true) {
    off_t data = ::lseek(file.get(), hole, SEEK_DATA);
    if (data < 0) return errno == ENXIO ? base_offset_ + hole : end_offset();
    hole = ::lseek(file.get(), data, SEEK_HOLE);
    if (hole < 0) return end_offset();
  }
}

Status MappedSegment::Unlink() {
  if (::unlink(path_.c_str()) != 0 && errno != ENOENT) {
    return Status::FromErrno("delete " + path_, errno);
  }
  return Status::Ok();
}

}  // namespace rewindmq::store
