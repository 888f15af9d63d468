#pragma once
// An empty folder below the system's place for temporary files, removed with everything in it at
// the end of the object. Thread safety: a plain value.

#include <string>

#include "common/base/status.h"

namespace rewindmq {

class TemporaryFolder {
 public:
  // kUnavailable says where it cannot be made and why.
  static Result<TemporaryFolder> Make();
  ~TemporaryFolder();
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::move(other.path_)) {
    other.path_.clear();
  }
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}

  std::string path_;  // empty = moved away
};

}  // namespace rewindmq
