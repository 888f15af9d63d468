#pragma once
// Tells when something in a folder has changed, by inotify. Thread safety: create and destroy it in
// one thread; the callback runs on the watcher's own.

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "common/base/file.h"
#include "common/base/status.h"

namespace rewindmq::manifests {

class FolderWatcher {
 public:
  // Changes from now on are told of, several at once where they come close together.
  static Result<std::unique_ptr<FolderWatcher>> Start(const std::string& folder,
                                                      std::function<void()> on_change);
  // The callback runs no more once this has returned.
  ~FolderWatcher();
  FolderWatcher(const FolderWatcher&) = delete;
  FolderWatcher& operator=(const FolderWatcher&) = delete;

 private:
  FolderWatcher(FileDescriptor inotify, FileDescriptor stop, std::function<void()> on_change);
  void Run();
  // Takes all events that have come; false when there is none to take.
  bool Drain();

  FileDescriptor inotify_;
  FileDescriptor stop_;  // an eventfd
  const std::function<void()> on_change_;
  std::thread thread_;
};

}  // namespace rewindmq::manifests
