#pragma once
// Which producers are connected, by group, from their heartbeats (ProducerManager). Thread safety:
// any thread.

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/protocol/codes.h"
#include "common/protocol/connections.h"

namespace rewindmq::broker {

struct ProducerClient {
  protocol::Connection shown;     // as the admin tools see it
  int64_t last_heartbeat_ms = 0;  // steady
};

class ProducerTable {
 public:
  void Register(const std::string& group, uint64_t connection_id, ProducerClient client) {
    std::lock_guard lock(mutex_);
    groups_[group][connection_id] = std::move(client);
  }
  void Unregister(std::string_view group, uint64_t connection_id) {
    std::lock_guard lock(mutex_);
    auto it = groups_.find(group);
    if (it == groups_.end()) return;
    it->second.erase(connection_id);
    if (it->second.empty()) groups_.erase(it);
  }
  void OnConnectionClosed(uint64_t connection_id) {
    Drop([&](const auto& one) { return one.first == connection_id; });
  }
  void ExpireSilent(int64_t oldest_ms) {
    Drop([&](const auto& one) { return one.second.last_heartbeat_ms < oldest_ms; });
  }
  // Empty when nobody of this group is connected.
  std::vector<protocol::Connection> Find(std::string_view group) const {
    std::vector<protocol::Connection> connections;
    std::lock_guard lock(mutex_);
    auto it = groups_.find(group);
    if (it == groups_.end()) return connections;
    for (const auto& [id, client] : it->second) connections.push_back(client.shown);
    return connections;
  }
  std::pair<size_t, size_t> CountGroupsAndMembers() const {
    std::lock_guard lock(mutex_);
    size_t members = 0;
    for (const auto& [name, clients] : groups_) members += clients.size();
    return {groups_.size(), members};
  }

 private:
  template <typename Condition>
  void Drop(Condition condition) {
    std::lock_guard lock(mutex_);
    for (auto it = groups_.begin(); it != groups_.end();) {
      std::erase_if(it->second, condition);
      it = it->second.empty() ? groups_.erase(it) : std::next(it);
    }
  }

  mutable std::mutex mutex_;
  std::map<std::string, std::map<uint64_t, ProducerClient>, std::less<>> groups_;
};

}  // namespace rewindmq::broker
