#pragma once
// Files that live in memory only, for targets that read whole files. Thread safety: one thread.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/file_system.h"

namespace rewindmq::fuzz {

class MemoryFiles : public FileSystem {
 public:
  Result<std::string> Read(const std::string& path, size_t limit_bytes) override {
    auto found = files_.find(path);
    if (found == files_.end()) return Missing(path);
    if (found->second.size() > limit_bytes) {
      return Status(ErrorCode::kResourceExhausted, path + " is too large");
    }
    return found->second;
  }
  Status Write(const std::string& path, std::string_view content, Sync) override {
    files_[path] = content;
    return Status::Ok();
  }
  Status WriteAt(const std::string& path, int64_t position, std::string_view content,
                 Sync) override {
    std::string& file = files_[path];
    file.resize(std::max(file.size(), static_cast<size_t>(position) + content.size()));
    file.replace(static_cast<size_t>(position), content.size(), content);
    return Status::Ok();
  }
  Status Link(const std::string& from, const std::string& to) override {
    auto found = files_.find(from);
    if (found == files_.end()) return Missing(from);
    files_[to] = found->second;
    return Status::Ok();
  }
  Status Rename(const std::string& from, const std::string& to) override {
    REWIND_TRY(Link(from, to));
    return Remove(from);
  }
  Status Remove(const std::string& path) override {
    files_.erase(path);
    return Status::Ok();
  }
  Status RemoveTree(const std::string& path) override {
    std::erase_if(files_, [&](const auto& file) { return file.first.starts_with(path); });
    return Status::Ok();
  }
  Status MakeDirectories(const std::string&) override { return Status::Ok(); }
  Status SyncDirectory(const std::string&) override { return Status::Ok(); }
  // Folders exist by what is in them.
  bool Exists(const std::string& path) override {
    auto found = files_.lower_bound(path);
    return found != files_.end() && (found->first == path || found->first.starts_with(path + "/"));
  }
  Result<std::vector<std::string>> List(const std::string& path) override {
    std::vector<std::string> names;
    for (const auto& [name, content] : files_) {
      if (name.starts_with(path + "/")) names.push_back(name.substr(path.size() + 1));
    }
    return names;
  }

 private:
  static Status Missing(const std::string& path) {
    return {ErrorCode::kNotFound, path + " does not exist"};
  }

  std::map<std::string, std::string> files_;
};

}  // namespace rewindmq::fuzz
