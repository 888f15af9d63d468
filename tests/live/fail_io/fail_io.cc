// A library for LD_PRELOAD that makes chosen system calls of a process fail, so that a test sees
// what a broker does when its disk gives errors.
//
//   FAIL_IO_CALL   msync, fdatasync, fsync, rename, open, fallocate, ftruncate or pwrite; several
//                  with commas
//   FAIL_IO_PATH   fails only on files whose path contains this
//   FAIL_IO_NTH    the first failing call, counted from 1 (default 1)
//   FAIL_IO_TIMES  how many calls fail from there on (default 1; -1: all)
//   FAIL_IO_ERRNO  EIO (default) or ENOSPC
//   FAIL_IO_ARM    counts only while this file exists, so that a test can choose the moment
//   FAIL_IO_LOG    a line "fail|pass microseconds path" for every matching call from the first
//                  failing one on; times are of the steady clock
//
// rename counts by its new name, msync by the file that is mapped there. Thread safety: any thread.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <map>
#include <mutex>
#include <string>

namespace {

constexpr int kLogLineBytes = 512;

const char* Setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

long Number(const char* name, long fallback) {
  const char* value = std::getenv(name);
  return value == nullptr ? fallback : std::atol(value);
}

template <typename Function>
Function* Real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

using OpenFunction = int(const char*, int, ...);

int RealOpen(const char* path, int flags, mode_t mode) {
  static auto* real = Real<OpenFunction>("open");
  return real(path, flags, mode);
}

std::string PathOf(int fd) {
  char link[64];
  char path[4096];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = ::readlink(link, path, sizeof path);
  return length < 0 ? std::string() : std::string(path, static_cast<size_t>(length));
}

struct Mapping {
  uintptr_t end;
  std::string path;
};

// Never destroyed: other threads may map until the very end of the process.
struct Mappings {
  std::mutex mutex;
  std::map<uintptr_t, Mapping> by_start;  // guarded by mutex
};

Mappings& AllMappings() {
  static auto* all = new Mappings;
  return *all;
}

std::string PathAt(const void* address) {
  auto at = reinterpret_cast<uintptr_t>(address);
  Mappings& all = AllMappings();
  std::lock_guard lock(all.mutex);
  auto next = all.by_start.upper_bound(at);
  if (next == all.by_start.begin()) return {};
  const Mapping& mapping = std::prev(next)->second;
  return at < mapping.end ? mapping.path : std::string();
}

void Log(const char* what, const std::string& path) {
  const char* log_path = Setting("FAIL_IO_LOG");
  if (*log_path == '\0') return;
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  char line[kLogLineBytes];
  int length = std::snprintf(line, sizeof line, "%s %lld %s\n", what,
                             now.tv_sec * 1'000'000LL + now.tv_nsec / 1000, path.c_str());
  int fd = RealOpen(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) return;
  if (length > 0) (void)!::write(fd, line, static_cast<size_t>(length));
  ::close(fd);
}

bool IsChosen(const char* call) {
  std::string all = std::string(",") + Setting("FAIL_IO_CALL") + ",";
  return all.find(std::string(",") + call + ",") != std::string::npos;
}

// True when this call has to fail; errno is set then.
bool MustFail(const char* call, const std::string& path) {
  static std::atomic<long> count{0};
  if (!IsChosen(call)) return false;
  if (path.find(Setting("FAIL_IO_PATH")) == std::string::npos) return false;
  const char* arm = Setting("FAIL_IO_ARM");
  if (*arm != '\0' && ::access(arm, F_OK) != 0) {
    if (count > 0) Log("pass", path);
    return false;
  }
  long first = Number("FAIL_IO_NTH", 1);
  long times = Number("FAIL_IO_TIMES", 1);
  long now = ++count;
  if (now < first) return false;
  bool fails = times < 0 || now < first + times;
  Log(fails ? "fail" : "pass", path);
  if (fails) errno = std::strcmp(Setting("FAIL_IO_ERRNO"), "ENOSPC") == 0 ? ENOSPC : EIO;
  return fails;
}

bool MustFail(const char* call, int fd) { return IsChosen(call) && MustFail(call, PathOf(fd)); }

}  // namespace

// The names and types are the C library's.
extern "C" {

void* mmap(void* hint, size_t length, int protection, int flags, int fd, off_t offset) {
  static auto* real = Real<void*(void*, size_t, int, int, int, off_t)>("mmap");
  void* start = real(hint, length, protection, flags, fd, offset);
  if (start != MAP_FAILED && fd >= 0) {
    std::string path = PathOf(fd);
    auto at = reinterpret_cast<uintptr_t>(start);
    Mappings& all = AllMappings();
    std::lock_guard lock(all.mutex);
    all.by_start[at] = Mapping{at + length, std::move(path)};
  }
  return start;
}

int munmap(void* start, size_t length) {
  static auto* real = Real<int(void*, size_t)>("munmap");
  {
    Mappings& all = AllMappings();
    std::lock_guard lock(all.mutex);
    all.by_start.erase(reinterpret_cast<uintptr_t>(start));
  }
  return real(start, length);
}

int msync(void* start, size_t length, int flags) {
  static auto* real = Real<int(void*, size_t, int)>("msync");
  return MustFail("msync", PathAt(start)) ? -1 : real(start, length, flags);
}

int fdatasync(int fd) {
  static auto* real = Real<int(int)>("fdatasync");
  return MustFail("fdatasync", fd) ? -1 : real(fd);
}

int fsync(int fd) {
  static auto* real = Real<int(int)>("fsync");
  return MustFail("fsync", fd) ? -1 : real(fd);
}

int rename(const char* from, const char* to) noexcept {
  static auto* real = Real<int(const char*, const char*)>("rename");
  return MustFail("rename", std::string(to)) ? -1 : real(from, to);
}

int open(const char* path, int flags, ...) {
  mode_t mode = 0;
  if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
    va_list arguments;
    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    va_end(arguments);
  }
  return MustFail("open", std::string(path)) ? -1 : RealOpen(path, flags, mode);
}

// What a fortified program calls when it gives no mode.
int __open_2(const char* path, int flags) {
  return MustFail("open", std::string(path)) ? -1 : RealOpen(path, flags, 0);
}

int fallocate(int fd, int mode, off_t offset, off_t length) {
  static auto* real = Real<int(int, int, off_t, off_t)>("fallocate");
  return MustFail("fallocate", fd) ? -1 : real(fd, mode, offset, length);
}

int ftruncate(int fd, off_t length) noexcept {
  static auto* real = Real<int(int, off_t)>("ftruncate");
  return MustFail("ftruncate", fd) ? -1 : real(fd, length);
}

ssize_t pwrite(int fd, const void* data, size_t length, off_t offset) {
  static auto* real = Real<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  return MustFail("pwrite", fd) ? -1 : real(fd, data, length, offset);
}

}  // extern "C"
