#include "operator/controller/reset_cache.h"

#include <utility>

namespace rewindmq::controller {
namespace {

api::OffsetReset Slim(api::OffsetReset reset) {
  // The status is held a second time, typed; who manages which field is of no use here.
  reset.object.erase("status");
  auto metadata = reset.object.find("metadata");
  if (metadata != reset.object.end() && metadata->is_object()) metadata->erase("managedFields");
  if (reset.finished()) reset.status.table = {};
  return reset;
}

}  // namespace

void ResetCache::Observed(api::OffsetReset reset) {
  reset = Slim(std::move(reset));
  std::lock_guard lock(mutex_);
  Entry& entry = entries_[reset.key];
  bool awaiting =
      !entry.awaited_version.empty() && clock_.SteadyMs() - entry.written_at_ms < kConfirmWithinMs;
  if (awaiting && reset.resource_version != entry.awaited_version &&
      reset.uid == entry.newest.uid) {
    entry.aside = std::move(reset);
    return;
  }
  entry = Entry{std::move(reset), {}, 0, std::nullopt};
}

void ResetCache::Deleted(const api::ObjectKey& key) {
  std::lock_guard lock(mutex_);
  entries_.erase(key);
}

void ResetCache::Wrote(api::OffsetReset reset) {
  reset = Slim(std::move(reset));
  std::lock_guard lock(mutex_);
  auto known = entries_.find(reset.key);
  // Deleted meanwhile: the watch has said so, and will say so only once.
  if (known == entries_.end() || known->second.newest.uid != reset.uid) return;
  Entry& entry = known->second;
  if (entry.newest.resource_version == reset.resource_version) return;
  if (entry.awaited_version.empty()) entry.aside = std::move(entry.newest);
  entry.awaited_version = reset.resource_version;
  entry.written_at_ms = clock_.SteadyMs();
  entry.newest = std::move(reset);
}

std::vector<api::OffsetReset> ResetCache::List() {
  std::lock_guard lock(mutex_);
  std::vector<api::OffsetReset> all;
  all.reserve(entries_.size());
  for (auto& [key, entry] : entries_) {
    if (!entry.awaited_version.empty() &&
        clock_.SteadyMs() - entry.written_at_ms >= kConfirmWithinMs) {
      // The watch had shown our version before the answer to our write came, and then this one.
      if (entry.aside) entry.newest = std::move(*entry.aside);
      entry.aside.reset();
      entry.awaited_version.clear();
    }
    all.push_back(entry.newest);
  }
  return all;
}

}  // namespace rewindmq::controller
