#pragma once
// Where OffsetReset objects live: the Kubernetes API server, or a folder of manifests. Calls block.
// Thread safety: implementations take calls from several workers at once; one object is handled by
// one worker at a time.

#include <map>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "operator/api/offset_reset.h"

namespace rewindmq::api {

class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  // The newest version, never an aged copy from a cache: what is decided from it is fenced by its
  // resource version only when it is written back. kNotFound when the object is gone.
  virtual Result<OffsetReset> Get(const ObjectKey& key) = 0;

  // Every object that this operator serves; may come from a cache. Used to find who else resets the
  // same group.
  virtual Result<std::vector<OffsetReset>> List() = 0;

  // Writes the status only, if nobody has changed the object since `reset.resource_version`, and
  // gives back the stored object with its new version. kConflict when somebody has; kNotFound when
  // the object is gone. Any other error leaves open whether it was written.
  virtual Result<OffsetReset> UpdateStatus(const OffsetReset& reset) = 0;

  // Puts our finalizer on this very object or takes it off, if it has not changed since
  // `reset.resource_version`, and gives back the stored object: a deletion of a held one waits, and
  // shows as `deleting`. kConflict when it has changed; kNotFound when it is gone, or goes by this;
  // kUnsupported where nothing can be kept from being deleted.
  virtual Result<OffsetReset> SetHeld(const OffsetReset& reset, bool held) = 0;

  // Deletes this very object, if it has not changed since `reset.resource_version`. kConflict when
  // it has; kNotFound when it is gone; kUnsupported where objects are not the operator's to delete.
  virtual Status Delete(const OffsetReset& reset) = 0;

  // Keeps texts for people beside the object, for as long as it is there, in place of those before,
  // and gives back where. kUnsupported where there is no such place; any other error is no reason
  // to stop.
  virtual Result<std::string> WriteResults(const OffsetReset& reset,
                                           const std::map<std::string, std::string>& files) = 0;

  // Tells people what happened, once. Best effort: never fails the caller.
  virtual void Event(const OffsetReset& reset, bool warning, const std::string& reason,
                     const std::string& message) = 0;
};

}  // namespace rewindmq::api
