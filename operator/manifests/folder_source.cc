#include "operator/manifests/folder_source.h"

#include <utility>

#include "common/base/file.h"
#include "common/base/log.h"

namespace rewindmq::manifests {

Result<std::unique_ptr<FolderSource>> FolderSource::Open(const std::string& folder) {
  auto names = ListDirectory(folder);
  if (!names.ok()) return names.status().WithContext("the folder of manifests");
  return std::unique_ptr<FolderSource>(new FolderSource(folder));
}

void FolderSource::Rescan() {
  auto changed = store_.Scan();
  if (!changed.ok()) {
    spdlog::error("folder of manifests: {}", changed.status().message());
    return;
  }
  for (const api::ObjectKey& key : *changed) listener_.on_change(key);
}

void FolderSource::Watch(Listener listener) {
  listener_ = std::move(listener);
  // Before the first scan, so that no change falls in between.
  auto watcher = FolderWatcher::Start(folder_, [this] { Rescan(); });
  if (watcher.ok()) {
    watcher_ = std::move(watcher).value();
  } else {
    spdlog::error("changes of files will not be seen: {}", watcher.status().message());
  }
  Rescan();
  synced_ = true;
  listener_.on_synced();
}

}  // namespace rewindmq::manifests
