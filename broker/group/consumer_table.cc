#include "broker/group/consumer_table.h"

#include <algorithm>
#include <set>

namespace rewindmq::broker {

using protocol::SubscriptionData;

namespace {

// Takes newer subscriptions over and forgets those that are gone; true when any topic came or went.
bool UpdateSubscriptions(const std::vector<SubscriptionData>& wanted, ConsumerGroup* group) {
  bool changed = false;
  std::set<std::string, std::less<>> topics;
  for (const SubscriptionData& one : wanted) {
    topics.insert(one.topic);
    auto it = group->subscriptions.find(one.topic);
    if (it == group->subscriptions.end()) {
      changed = true;
      group->subscriptions[one.topic] = std::make_shared<SubscriptionData>(one);
    } else if (one.sub_version > it->second->sub_version) {
      it->second = std::make_shared<SubscriptionData>(one);
    }
  }
  for (auto it = group->subscriptions.begin(); it != group->subscriptions.end();) {
    if (topics.count(it->first) > 0) {
      ++it;
    } else {
      changed = true;
      it = group->subscriptions.erase(it);
    }
  }
  return changed;
}

}  // namespace

// True when the member is new.
bool ConsumerTable::Join(const protocol::ConsumerData& data, ConsumerClient client,
                         ConsumerGroup* group) {
  group->consume_type = data.consume_type;
  group->message_model = data.message_model;
  group->consume_from_where = data.consume_from_where;
  auto [member, joined] = group->clients.try_emplace(client.connection->id(), client);
  if (!joined) {
    joined = member->second.client_id != client.client_id;
    member->second = std::move(client);
  }
  return joined;
}

bool ConsumerTable::Register(const protocol::ConsumerData& data, ConsumerClient client) {
  std::lock_guard lock(mutex_);
  ConsumerGroup& group = groups_[data.group_name];
  bool joined = Join(data, std::move(client), &group);
  bool changed = UpdateSubscriptions(data.subscriptions, &group);
  return joined || changed;
}

bool ConsumerTable::Refresh(const protocol::ConsumerData& data, ConsumerClient client) {
  std::lock_guard lock(mutex_);
  auto group = groups_.find(data.group_name);
  return group != groups_.end() && Join(data, std::move(client), &group->second);
}

bool ConsumerTable::WantsSubscriptions(std::string_view group, int32_t fingerprint,
                                       bool left_out) const {
  std::lock_guard lock(mutex_);
  auto known = groups_.find(group);
  if (known == groups_.end()) return left_out;
  int32_t last = known->second.fingerprint;
  return last == 0 ? left_out : last != fingerprint;
}

void ConsumerTable::SetFingerprint(std::string_view group, int32_t fingerprint) {
  std::lock_guard lock(mutex_);
  auto known = groups_.find(group);
  if (known != groups_.end()) known->second.fingerprint = fingerprint;
}

bool ConsumerTable::Unregister(std::string_view group, std::string_view client_id) {
  std::lock_guard lock(mutex_);
  auto it = groups_.find(group);
  if (it == groups_.end()) return false;
  size_t gone = std::erase_if(it->second.clients,
                              [&](const auto& one) { return one.second.client_id == client_id; });
  if (it->second.clients.empty()) groups_.erase(it);
  return gone > 0;
}

template <typename Condition>
std::vector<std::string> ConsumerTable::DropClients(Condition drop) {
  std::vector<std::string> changed;
  std::lock_guard lock(mutex_);
  for (auto it = groups_.begin(); it != groups_.end();) {
    if (std::erase_if(it->second.clients, drop) > 0) changed.push_back(it->first);
    it = it->second.clients.empty() ? groups_.erase(it) : std::next(it);
  }
  return changed;
}

std::vector<std::string> ConsumerTable::OnConnectionClosed(uint64_t connection_id) {
  return DropClients([&](const auto& one) { return one.first == connection_id; });
}

std::vector<std::string> ConsumerTable::ExpireSilent(int64_t oldest_ms) {
  return DropClients([&](const auto& one) { return one.second.last_heartbeat_ms < oldest_ms; });
}

std::optional<ConsumerGroup> ConsumerTable::Find(std::string_view group) const {
  std::lock_guard lock(mutex_);
  auto it = groups_.find(group);
  if (it == groups_.end()) return std::nullopt;
  return it->second;
}

ConsumerTable::Subscription ConsumerTable::FindSubscription(std::string_view group,
                                                            std::string_view topic) const {
  Subscription found;
  std::lock_guard lock(mutex_);
  auto it = groups_.find(group);
  if (it == groups_.end()) return found;
  found.group_online = true;
  found.broadcasting = it->second.message_model == protocol::MessageModel::kBroadcasting;
  auto subscription = it->second.subscriptions.find(topic);
  if (subscription != it->second.subscriptions.end()) found.data = subscription->second;
  return found;
}

std::optional<ConsumerTable::Member> ConsumerTable::FindMember(std::string_view group,
                                                               uint64_t connection_id) const {
  std::lock_guard lock(mutex_);
  auto it = groups_.find(group);
  if (it == groups_.end()) return std::nullopt;
  auto client = it->second.clients.find(connection_id);
  if (client == it->second.clients.end()) return std::nullopt;
  return Member{client->second, it->second.consume_type, it->second.message_model};
}

std::vector<std::string> ConsumerTable::ClientIds(std::string_view group) const {
  std::lock_guard lock(mutex_);
  auto it = groups_.find(group);
  if (it == groups_.end()) return {};
  // Every member once, though a client that reconnects is here twice for a moment: clients share
  // the queues out by position in this list.
  std::set<std::string> ids;
  for (const auto& [id, client] : it->second.clients) ids.insert(client.client_id);
  return {ids.begin(), ids.end()};
}

std::vector<std::string> ConsumerTable::GroupsOf(std::string_view topic) const {
  std::vector<std::string> groups;
  std::lock_guard lock(mutex_);
  for (const auto& [name, group] : groups_) {
    if (group.subscriptions.find(topic) != group.subscriptions.end()) groups.push_back(name);
  }
  return groups;
}

std::pair<size_t, size_t> ConsumerTable::CountGroupsAndMembers() const {
  std::lock_guard lock(mutex_);
  size_t members = 0;
  for (const auto& [name, group] : groups_) members += group.clients.size();
  return {groups_.size(), members};
}

}  // namespace rewindmq::broker
