#pragma once
// Whole files. Small metadata files are replaced so that a crash at any moment leaves the old or
// the new content, never a mixture. Thread safety: distinct paths may be used from any thread; one
// path needs one writer at a time.

#include <string>
#include <string_view>
#include <vector>

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

// kNotFound when there is no such file; kResourceExhausted when it is larger than limit_bytes.
Result<std::string> ReadFile(const std::string& path, size_t limit_bytes = 256U << 20);

// Writes path.tmp, syncs it, keeps the old content as path.bak, renames, and syncs the folder. When
// this returns Ok the new content survives power loss.
Status ReplaceFile(const std::string& path, std::string_view content);

// As mkdir -p.
Status MakeDirectories(const std::string& path);
// Makes a rename, a creation or a deletion in this folder durable.
Status SyncDirectory(const std::string& path);
bool FileExists(const std::string& path);
// Names (not paths) of the entries, sorted; "." and ".." left out.
Result<std::vector<std::string>> ListDirectory(const std::string& path);

}  // namespace rewindmq
