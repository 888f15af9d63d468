#include "operator/reconcile/group_lock.h"

#include <tuple>

#include "operator/api/validate.h"

namespace rewindmq::reconcile {
namespace {

// A plan alone is not enough: one that waits for approval keeps nobody waiting.
bool HasBegun(const api::OffsetReset& reset) { return reset.status.IsTrue(api::kApproved); }

bool WaitsForApproval(const api::AcceptedSpec& spec) {
  return spec.approval_required && spec.approved_plan_hash.empty();
}

bool IsOlder(const api::OffsetReset& a, const api::OffsetReset& b) {
  return std::tie(a.creation_time_ms, a.key) < std::tie(b.creation_time_ms, b.key);
}

}  // namespace

std::optional<api::ObjectKey> GroupLock::Acquire(const std::string& lock_name,
                                                 const api::OffsetReset& reset,
                                                 const std::vector<api::OffsetReset>& others) {
  std::lock_guard lock(mutex_);
  auto holder = holders_.find(lock_name);
  if (holder != holders_.end()) {
    if (holder->second == reset.key) return std::nullopt;
    return holder->second;
  }
  for (const api::OffsetReset& other : others) {
    if (HasBegun(reset)) break;
    if (other.key == reset.key || other.finished()) continue;
    if (!HasBegun(other) && !IsOlder(other, reset)) continue;
    Result<api::AcceptedSpec> spec = api::ParseSpec(other.spec(), other.key.ns);
    if (!spec.ok() || spec->dry_run || WaitsForApproval(*spec)) continue;
    if (spec->LockName() == lock_name) return other.key;
  }
  holders_[lock_name] = reset.key;
  return std::nullopt;
}

bool GroupLock::Holds(const std::string& lock_name, const api::ObjectKey& key) const {
  std::lock_guard lock(mutex_);
  auto holder = holders_.find(lock_name);
  return holder != holders_.end() && holder->second == key;
}

void GroupLock::Release(const api::ObjectKey& key) {
  std::lock_guard lock(mutex_);
  std::erase_if(holders_, [&](const auto& entry) { return entry.second == key; });
}

}  // namespace rewindmq::reconcile
