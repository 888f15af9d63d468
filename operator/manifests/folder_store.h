#pragma once
// OffsetResets in a folder of YAML files, several to a file if need be. The status is written into
// the same file, under `status:`; the file is replaced in one step, so that a crash leaves the old
// one or the new one. A document's version is a hash of its text: an edit in between is a conflict.
// A file that is no YAML, or an object that cannot be read, gets a sibling FILE.error that says
// why. Thread safety: every method from any thread. The folder must have no second operator.

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "operator/api/object_store.h"
#include "operator/manifests/yaml_document.h"

namespace rewindmq::manifests {

inline constexpr size_t kMaxFileBytes = 4U << 20;
inline constexpr std::string_view kDefaultNamespace = "default";

class FolderStore : public api::ObjectStore {
 public:
  explicit FolderStore(std::string folder);

  // Reads the whole folder. Returns the keys of objects that are new, changed or gone. An error
  // when the folder cannot be listed; single files that cannot be read only get their FILE.error.
  Result<std::vector<api::ObjectKey>> Scan();

  Result<api::OffsetReset> Get(const api::ObjectKey& key) override;
  Result<std::vector<api::OffsetReset>> List() override;
  Result<api::OffsetReset> UpdateStatus(const api::OffsetReset& reset) override;
  // A file that is removed is gone: always kUnsupported.
  Result<api::OffsetReset> SetHeld(const api::OffsetReset& reset, bool held) override;
  // Files belong to who wrote them: always kUnsupported.
  Status Delete(const api::OffsetReset& reset) override;
  // The status is in the file already: always kUnsupported.
  Result<std::string> WriteResults(const api::OffsetReset& reset,
                                   const std::map<std::string, std::string>& files) override;
  void Event(const api::OffsetReset& reset, bool warning, const std::string& reason,
             const std::string& message) override;

  // Waits until nothing is left to do for any object of the last scan, or `stop`; false for `stop`.
  bool WaitUntilSettled(std::stop_token stop);
  // Some object has failed, or some file could not be read.
  bool AnyFailed() const;

 private:
  struct Entry {
    std::string file;
    api::OffsetReset reset;
  };
  // What one file holds; `error` when something of it cannot be used.
  struct FileContent {
    std::vector<YamlDocument> documents;
    std::vector<api::OffsetReset> resets;
    std::vector<size_t> document_of;  // for each of resets, its index in documents
    Status error;
  };

  FileContent ReadOne(const std::string& file) const;
  void ReportError(const std::string& file, const Status& error);
  std::string PathOf(const std::string& file) const { return folder_ + "/" + file; }
  Status WriteInto(const std::string& file, const FileContent& content, size_t document,
                   const api::OffsetReset& reset) const;

  const std::string folder_;
  mutable std::mutex mutex_;
  std::condition_variable_any settled_;
  std::map<api::ObjectKey, Entry> entries_;  // guarded by mutex_
  std::set<std::string> broken_files_;       // guarded by mutex_
};

}  // namespace rewindmq::manifests
