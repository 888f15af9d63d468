#pragma once
// Which client may consume a queue in order: group -> queue -> owner, for 60 s from its last claim
// (RebalanceLockManager). Thread safety: any thread. Times are steady milliseconds.

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "common/protocol/message_queue.h"

namespace rewindmq::broker {

class QueueLocks {
 public:
  static constexpr int64_t kMaxLiveMs = 60'000;

  // Claims every queue for the client and gives those that it now holds.
  std::vector<protocol::MessageQueue> Lock(const std::string& group, const std::string& client_id,
                                           const std::vector<protocol::MessageQueue>& queues,
                                           int64_t now_ms) {
    std::vector<protocol::MessageQueue> held;
    std::lock_guard lock(mutex_);
    auto& owners = groups_[group];
    for (const protocol::MessageQueue& queue : queues) {
      Owner& owner = owners[queue];
      bool free = owner.client_id.empty() || now_ms - owner.claimed_ms > kMaxLiveMs;
      if (!free && owner.client_id != client_id) continue;
      owner = {client_id, now_ms};
      held.push_back(queue);
    }
    return held;
  }

  // Whether a client of the group consumes some queue in order.
  bool IsAnyHeld(const std::string& group, int64_t now_ms) {
    std::lock_guard lock(mutex_);
    auto it = groups_.find(group);
    if (it == groups_.end()) return false;
    for (const auto& [queue, owner] : it->second) {
      if (!owner.client_id.empty() && now_ms - owner.claimed_ms <= kMaxLiveMs) return true;
    }
    return false;
  }

  // Gives up those of the queues that this client holds.
  void Unlock(const std::string& group, const std::string& client_id,
              const std::vector<protocol::MessageQueue>& queues) {
    std::lock_guard lock(mutex_);
    auto it = groups_.find(group);
    if (it == groups_.end()) return;
    for (const protocol::MessageQueue& queue : queues) {
      auto owner = it->second.find(queue);
      if (owner != it->second.end() && owner->second.client_id == client_id) {
        it->second.erase(owner);
      }
    }
    if (it->second.empty()) groups_.erase(it);
  }

 private:
  struct Owner {
    std::string client_id;
    int64_t claimed_ms = 0;
  };

  std::mutex mutex_;
  std::map<std::string, std::map<protocol::MessageQueue, Owner>> groups_;  // guarded by mutex_
};

}  // namespace rewindmq::broker
