#pragma once
// The broker's subscription groups and what each may do (SubscriptionGroupManager). Kept in
// config/subscriptionGroup.json, replaced atomically at every change. Thread safety: any thread.

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/base/status.h"
#include "common/protocol/subscription_group.h"

namespace rewindmq::broker {

class GroupConfigTable {
 public:
  // Java's built-in groups are added when they are missing.
  static Result<std::unique_ptr<GroupConfigTable>> Load(std::string path, bool auto_create,
                                                        const Clock* clock,
                                                        FileSystem& files = RealFileSystem());

  std::optional<protocol::SubscriptionGroupConfig> Find(std::string_view group) const;
  // Makes the group with its defaults when that is allowed; empty when it is not.
  std::optional<protocol::SubscriptionGroupConfig> FindOrCreate(std::string_view group);
  Status Put(protocol::SubscriptionGroupConfig config);
  Status Remove(std::string_view group);
  protocol::SubscriptionGroupTable Snapshot() const;

 private:
  GroupConfigTable(std::string path, bool auto_create, const Clock* clock, FileSystem* files)
      : path_(std::move(path)), auto_create_(auto_create), clock_(clock), files_(files) {}
  Status Persist();  // holds mutex_

  const std::string path_;
  const bool auto_create_;
  const Clock* clock_;
  FileSystem* const files_;
  mutable std::mutex mutex_;
  protocol::SubscriptionGroupTable table_;  // guarded by mutex_
};

}  // namespace rewindmq::broker
