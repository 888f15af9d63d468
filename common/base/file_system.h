#pragma once
// The operations on files whose order and durability decide what a crash may cost, behind an
// interface, so that tests can end the power, fill the disk or fail the n-th call. RealFileSystem()
// is the machine's own.
//
// Durability is as POSIX gives it: content lasts once it was written with Sync::kYes, a name (made,
// renamed, linked or removed) once its folder was synced.
// Thread safety: distinct paths may be used from any thread; one path needs one writer at a time.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace rewindmq {

inline constexpr size_t kFileLimitBytes = 256U << 20;

class FileSystem {
 public:
  enum class Sync : uint8_t { kNo, kYes };

  virtual ~FileSystem() = default;

  // kNotFound when there is no such file; kResourceExhausted when it is larger than limit_bytes.
  virtual Result<std::string> Read(const std::string& path, size_t limit_bytes) = 0;
  // Makes the file, or replaces what is in it.
  virtual Status Write(const std::string& path, std::string_view content, Sync sync) = 0;
  // Replaces bytes in place; makes the file when it is missing.
  virtual Status WriteAt(const std::string& path, int64_t position, std::string_view content,
                         Sync sync) = 0;
  // A second name for the same content. kNotFound when `from` is missing.
  virtual Status Link(const std::string& from, const std::string& to) = 0;
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  // A missing file is no error.
  virtual Status Remove(const std::string& path) = 0;
  virtual Status RemoveTree(const std::string& path) = 0;
  // As mkdir -p.
  virtual Status MakeDirectories(const std::string& path) = 0;
  virtual Status SyncDirectory(const std::string& path) = 0;
  virtual bool Exists(const std::string& path) = 0;
  // Names (not paths) of the entries, sorted; "." and ".." left out.
  virtual Result<std::vector<std::string>> List(const std::string& path) = 0;
};

FileSystem& RealFileSystem();

// Writes path.tmp, syncs it, keeps the old content as path.bak, renames, and syncs the folder: a
// crash at any moment leaves the old or the new content, never a mixture. When this returns Ok the
// new content survives power loss.
Status ReplaceFile(FileSystem& files, const std::string& path, std::string_view content);

}  // namespace rewindmq
