#pragma once
// The OffsetResets that the watch has told of, newest version known, for questions about all of
// them. What this process has written counts at once, before the watch confirms it, so that a
// worker sees what another has just decided. Finished objects are kept without their broker and
// queue rows, which are most of their size.
// Thread safety: every call may come from any thread.

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "operator/api/offset_reset.h"

namespace rewindmq::controller {

class ResetCache {
 public:
  // So long a write of our own hides what the watch says about the object, unless the watch
  // confirms it earlier.
  static constexpr int64_t kConfirmWithinMs = 5'000;

  // `clock` outlives the cache.
  explicit ResetCache(const Clock& clock) : clock_(clock) {}

  // The watch told of this version, or of the object's end.
  void Observed(api::OffsetReset reset);
  void Deleted(const api::ObjectKey& key);
  // The server has stored this version for us.
  void Wrote(api::OffsetReset reset);

  std::vector<api::OffsetReset> List();

 private:
  struct Entry {
    api::OffsetReset newest;
    // Of our own write, until the watch has shown it. Versions can only be compared for equality,
    // so what else the watch tells meanwhile is put aside: it may be older or newer.
    std::string awaited_version;
    int64_t written_at_ms = 0;
    std::optional<api::OffsetReset> aside;
  };

  const Clock& clock_;
  std::mutex mutex_;
  std::map<api::ObjectKey, Entry> entries_;
};

}  // namespace rewindmq::controller
