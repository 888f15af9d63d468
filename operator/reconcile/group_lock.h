#pragma once
// One reset at a time for each (cluster, topic, group), the oldest first: two at once would undo
// each other. A reset that has begun goes before all others, so that the order survives a restart.
// Thread safety: every method from any thread.

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "operator/api/offset_reset.h"

namespace rewindmq::reconcile {

class GroupLock {
 public:
  // Takes the lock for `reset`, or gives the one that it has to wait for. `others` are all known
  // objects; finished ones, dry runs, other groups and those that wait for approval do not count.
  std::optional<api::ObjectKey> Acquire(const std::string& lock_name, const api::OffsetReset& reset,
                                        const std::vector<api::OffsetReset>& others);
  bool Holds(const std::string& lock_name, const api::ObjectKey& key) const;
  // Of whatever the object holds.
  void Release(const api::ObjectKey& key);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, api::ObjectKey> holders_;  // by lock name; guarded by mutex_
};

}  // namespace rewindmq::reconcile
