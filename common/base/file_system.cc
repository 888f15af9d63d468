#include "common/base/file_system.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "common/base/file.h"

namespace rewindmq {
namespace {

Status WriteAll(int fd, int64_t position, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    ssize_t written = ::pwrite(fd, content.data(), content.size(), position);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Status::FromErrno("write " + path, errno);
    content.remove_prefix(static_cast<size_t>(written));
    position += written;
  }
  return Status::Ok();
}

// Gives the current content a second name. At no moment is there neither a file nor a copy.
Status KeepPrevious(FileSystem& files, const std::string& path) {
  std::string temporary = path + ".bak.tmp";
  REWIND_TRY(files.Remove(temporary));  // a crash may have left it
  Status linked = files.Link(path, temporary);
  if (linked.code() == ErrorCode::kNotFound) return Status::Ok();
  REWIND_TRY(linked);
  return files.Rename(temporary, path + ".bak");
}

std::string ParentOf(const std::string& path) {
  std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

class Real final : public FileSystem {
 public:
  Result<std::string> Read(const std::string& path, size_t limit_bytes) override {
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

  Status Write(const std::string& path, std::string_view content, Sync sync) override {
    return WriteTo(path, O_TRUNC, 0, content, sync);
  }

  Status WriteAt(const std::string& path, int64_t position, std::string_view content,
                 Sync sync) override {
    return WriteTo(path, 0, position, content, sync);
  }

  Status Link(const std::string& from, const std::string& to) override {
    if (::link(from.c_str(), to.c_str()) == 0) return Status::Ok();
    return Status::FromErrno("link " + to, errno);
  }

  Status Rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) == 0) return Status::Ok();
    return Status::FromErrno("rename " + from, errno);
  }

  Status Remove(const std::string& path) override {
    if (::unlink(path.c_str()) == 0 || errno == ENOENT) return Status::Ok();
    return Status::FromErrno("delete " + path, errno);
  }

  Status RemoveTree(const std::string& path) override {
    std::error_code error;
    std::filesystem::remove_all(path, error);
    return error ? Status::FromErrno("delete " + path, error.value()) : Status::Ok();
  }

  Status MakeDirectories(const std::string& path) override {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    return error ? Status::FromErrno("mkdir " + path, error.value()) : Status::Ok();
  }

  Status SyncDirectory(const std::string& path) override {
    FileDescriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory.valid()) return Status::FromErrno("open " + path, errno);
    if (::fsync(directory.get()) != 0) return Status::FromErrno("fsync " + path, errno);
    return Status::Ok();
  }

  bool Exists(const std::string& path) override { return ::access(path.c_str(), F_OK) == 0; }

  Result<std::vector<std::string>> List(const std::string& path) override {
    std::error_code error;
    std::filesystem::directory_iterator it(path, error);
    if (error) return Status::FromErrno("list " + path, error.value());
    std::vector<std::string> names;
    for (const auto& entry : it) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  static Status WriteTo(const std::string& path, int extra_flags, int64_t position,
                        std::string_view content, Sync sync) {
    int flags = O_WRONLY | O_CREAT | O_CLOEXEC | extra_flags;
    FileDescriptor file(::open(path.c_str(), flags, 0644));
    if (!file.valid()) return Status::FromErrno("open " + path, errno);
    REWIND_TRY(WriteAll(file.get(), position, content, path));
    if (sync == Sync::kYes && ::fsync(file.get()) != 0) {
      return Status::FromErrno("fsync " + path, errno);
    }
    return Status::Ok();
  }
};

}  // namespace

FileSystem& RealFileSystem() {
  static Real real;
  return real;
}

Status ReplaceFile(FileSystem& files, const std::string& path, std::string_view content) {
  std::string temporary = path + ".tmp";
  REWIND_TRY(files.Write(temporary, content, FileSystem::Sync::kYes));
  REWIND_TRY(KeepPrevious(files, path));
  REWIND_TRY(files.Rename(temporary, path));
  return files.SyncDirectory(ParentOf(path));
}

}  // namespace rewindmq
