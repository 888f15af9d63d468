#pragma once
// Where the operator's objects live, and who tells it that they have changed: a Kubernetes cluster
// or a folder. Thread safety: as each method says.

#include <functional>

#include "operator/api/object_store.h"

namespace rewindmq::controller {

class ObjectSource {
 public:
  // Both are called from the source's own thread.
  struct Listener {
    std::function<void(const api::ObjectKey&)> on_change;  // created, changed or deleted
    std::function<void()> on_synced;  // every object that existed at the start has been told of
  };

  virtual ~ObjectSource() = default;

  // Any thread.
  virtual api::ObjectStore& store() = 0;
  virtual bool synced() const = 0;

  // Begins to tell of changes; once. These two from the thread that owns the source.
  virtual void Watch(Listener listener) = 0;
  // Tells of no more changes once this has returned. The store works on.
  virtual void StopWatching() = 0;

  // Any thread: lets calls of the store that wait for an answer fail now.
  virtual void CutOff() = 0;
};

}  // namespace rewindmq::controller
