#include "common/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

namespace rewindmq {
namespace {

Status WriteAll(int fd, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Status::FromErrno("write " + path, errno);
    content.remove_prefix(static_cast<size_t>(written));
  }
  return Status::Ok();
}

std::string ParentOf(const std::string& path) {
  std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

// Keeps the current content under a second name before it is replaced.
Status KeepPrevious(const std::string& path) {
  std::string backup = path + ".bak";
  if (::unlink(backup.c_str()) != 0 && errno != ENOENT) {
    return Status::FromErrno("unlink " + backup, errno);
  }
  if (::link(path.c_str(), backup.c_str()) != 0 && errno != ENOENT) {
    return Status::FromErrno("link " + backup, errno);
  }
  return Status::Ok();
}

}  // namespace

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
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return Status::FromErrno("open " + path, errno);
  std::string content;
  char buffer[64 * 1024];
  while (true) {
    ssize_t got = ::read(file.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Status::FromErrno("read " + path, errno);
    if (got == 0) return content;
    content.append(buffer, static_cast<size_t>(got));
    if (content.size() > limit_bytes) {
      return Status(ErrorCode::kResourceExhausted,
                    path + " is larger than " + std::to_string(limit_bytes) + " bytes");
    }
  }
}

Status ReplaceFile(const std::string& path, std::string_view content) {
  std::string temporary = path + ".tmp";
  FileDescriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file.valid()) return Status::FromErrno("open " + temporary, errno);
  REWIND_TRY(WriteAll(file.get(), content, temporary));
  if (::fsync(file.get()) != 0) return Status::FromErrno("fsync " + temporary, errno);
  REWIND_TRY(KeepPrevious(path));
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    return Status::FromErrno("rename " + temporary, errno);
  }
  return SyncDirectory(ParentOf(path));
}

Status MakeDirectories(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  return error ? Status::FromErrno("mkdir " + path, error.value()) : Status::Ok();
}

Status SyncDirectory(const std::string& path) {
  FileDescriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) return Status::FromErrno("open " + path, errno);
  if (::fsync(directory.get()) != 0) return Status::FromErrno("fsync " + path, errno);
  return Status::Ok();
}

bool FileExists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

Result<std::vector<std::string>> ListDirectory(const std::string& path) {
  std::error_code error;
  std::filesystem::directory_iterator it(path, error);
  if (error) return Status::FromErrno("list " + path, error.value());
  std::vector<std::string> names;
  for (const auto& entry : it) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace rewindmq
