#pragma once
// A folder of manifests in place of a Kubernetes cluster: the store, and the watch that tells which
// objects have changed. Thread safety: as ObjectSource says.

#include <atomic>
#include <memory>
#include <string>

#include "operator/controller/object_source.h"
#include "operator/manifests/folder_store.h"
#include "operator/manifests/folder_watcher.h"

namespace rewindmq::manifests {

class FolderSource : public controller::ObjectSource {
 public:
  // Errors name the folder when it is none.
  static Result<std::unique_ptr<FolderSource>> Open(const std::string& folder);

  FolderStore& store() override { return store_; }
  bool synced() const override { return synced_; }
  void Watch(Listener listener) override;
  void StopWatching() override { watcher_.reset(); }
  // Files make nobody wait.
  void CutOff() override {}

 private:
  explicit FolderSource(const std::string& folder) : folder_(folder), store_(folder) {}
  void Rescan();

  const std::string folder_;
  FolderStore store_;
  Listener listener_;
  std::atomic<bool> synced_{false};
  std::unique_ptr<FolderWatcher> watcher_;
};

}  // namespace rewindmq::manifests
