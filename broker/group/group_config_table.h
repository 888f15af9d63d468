#pragma once
// The broker's subscription groups and what each may do (SubscriptionGroupManager). Kept in
// config/subscriptionGroup.json, replaced atomically at every change. Thread safety: any thread.

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
  // Each is durable when it returns Ok, and without effect when it fails.
  Status Put(protocol::SubscriptionGroupConfig config);
  Status PutAll(const std::vector<protocol::SubscriptionGroupConfig>& configs);
  Status Remove(std::string_view group);
  // Whether the group may read the topic (updateForbidden); what was never said is allowed.
  Status SetReadable(const std::string& group, const std::string& topic, bool readable);
  bool IsReadable(std::string_view group, std::string_view topic) const;
  void SetAutoCreate(bool auto_create) { auto_create_ = auto_create; }
  protocol::SubscriptionGroupTable Snapshot() const;

 private:
  GroupConfigTable(std::string path, bool auto_create, const Clock* clock, FileSystem* files)
      : path_(std::move(path)), auto_create_(auto_create), clock_(clock), files_(files) {}
  // Makes `next` the table, once it is on disk. Holds mutex_.
  Status Replace(protocol::SubscriptionGroupTable next);

  const std::string path_;
  std::atomic<bool> auto_create_;
  const Clock* clock_;
  FileSystem* const files_;
  mutable std::mutex mutex_;
  protocol::SubscriptionGroupTable table_;  // guarded by mutex_
};

}  // namespace rewindmq::broker
