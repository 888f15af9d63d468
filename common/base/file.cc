#include "common/base/file.h"

#include <unistd.h>

namespace rewindmq {

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    Reset();
    fd_ = other.Release();
  }
  return *this;
}

int FileDescriptor::Release() {
  int fd = fd_;
  fd_ = -1;
  return fd;
}

void FileDescriptor::Reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Result<std::string> ReadFile(const std::string& path, size_t limit_bytes) {
  return RealFileSystem().Read(path, limit_bytes);
}

Status ReplaceFile(const std::string& path, std::string_view content) {
  return ReplaceFile(RealFileSystem(), path, content);
}

Status MakeDirectories(const std::string& path) { return RealFileSystem().MakeDirectories(path); }

bool FileExists(const std::string& path) { return RealFileSystem().Exists(path); }

Result<std::vector<std::string>> ListDirectory(const std::string& path) {
  return RealFileSystem().List(path);
}

}  // namespace rewindmq
