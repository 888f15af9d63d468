#pragma once
// The machine's own files, for those who need no FileSystem of their choice. Thread safety:
// distinct paths may be used from any thread; one path needs one writer at a time.

#include <string>
#include <string_view>
#include <vector>

#include "common/base/file_system.h"
#include "common/base/status.h"

namespace rewindmq {

class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() { Reset(); }
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.Release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int Release();
  void Reset();

 private:
  int fd_ = -1;
};

// As the methods and the function of the same names in file_system.h.
Result<std::string> ReadFile(const std::string& path, size_t limit_bytes = kFileLimitBytes);
Status ReplaceFile(const std::string& path, std::string_view content);
Status MakeDirectories(const std::string& path);
bool FileExists(const std::string& path);
Result<std::vector<std::string>> ListDirectory(const std::string& path);

}  // namespace rewindmq
