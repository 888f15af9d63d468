#pragma once
// Which producers are connected, by group and by client id, from their heartbeats
// (ProducerManager). Thread safety: any thread.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/protocol/codes.h"
#include "common/protocol/connections.h"
#include "common/remoting/connection.h"

namespace rewindmq::broker {

struct ProducerClient {
  protocol::Connection shown;     // as the admin tools see it
  int64_t last_heartbeat_ms = 0;  // steady
  std::shared_ptr<remoting::Connection> connection;
};

class ProducerTable {
 public:
  void Register(const std::string& group, uint64_t connection_id, ProducerClient client) {
    std::lock_guard lock(mutex_);
    if (client.connection != nullptr) by_client_id_[client.shown.client_id] = client.connection;
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
  // One of the group's open connections, another one each time; null when there is none.
  std::shared_ptr<remoting::Connection> NextConnection(std::string_view group) {
    std::lock_guard lock(mutex_);
    auto it = groups_.find(group);
    if (it == groups_.end()) return nullptr;
    const auto& clients = it->second;
    auto start = std::next(clients.begin(), static_cast<int64_t>(next_++ % clients.size()));
    for (auto one = start; one != clients.end(); ++one) {
      if (IsOpen(one->second.connection)) return one->second.connection;
    }
    for (auto one = clients.begin(); one != start; ++one) {
      if (IsOpen(one->second.connection)) return one->second.connection;
    }
    return nullptr;
  }
  // The connection of this producer, or null.
  std::shared_ptr<remoting::Connection> FindClient(std::string_view client_id) const {
    std::lock_guard lock(mutex_);
    auto it = by_client_id_.find(client_id);
    if (it == by_client_id_.end()) return nullptr;
    auto connection = it->second.lock();
    return IsOpen(connection) ? connection : nullptr;
  }
  std::map<std::string, std::vector<ProducerClient>> All() const {
    std::map<std::string, std::vector<ProducerClient>> all;
    std::lock_guard lock(mutex_);
    for (const auto& [group, clients] : groups_) {
      for (const auto& [id, client] : clients) all[group].push_back(client);
    }
    return all;
  }
  std::pair<size_t, size_t> CountGroupsAndMembers() const {
    std::lock_guard lock(mutex_);
    size_t members = 0;
    for (const auto& [name, clients] : groups_) members += clients.size();
    return {groups_.size(), members};
  }

 private:
  static bool IsOpen(const std::shared_ptr<remoting::Connection>& connection) {
    return connection != nullptr && connection->open();
  }
  template <typename Condition>
  void Drop(Condition condition) {
    std::lock_guard lock(mutex_);
    for (auto it = groups_.begin(); it != groups_.end();) {
      std::erase_if(it->second, condition);
      it = it->second.empty() ? groups_.erase(it) : std::next(it);
    }
    std::erase_if(by_client_id_, [](const auto& one) { return !IsOpen(one.second.lock()); });
  }

  mutable std::mutex mutex_;
  size_t next_ = 0;  // guarded by mutex_
  std::map<std::string, std::map<uint64_t, ProducerClient>, std::less<>> groups_;
  // guarded by mutex_
  std::map<std::string, std::weak_ptr<remoting::Connection>, std::less<>> by_client_id_;
};

}  // namespace rewindmq::broker
