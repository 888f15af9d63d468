// What RouteTable answers, and what administrators change in it.

#include "nameserver/route_table.h"

namespace rewindmq::nameserver {

using protocol::kPermWrite;

std::optional<protocol::TopicRouteData> RouteTable::Route(const std::string& topic) const {
  auto queues = topics_.find(topic);
  if (queues == topics_.end()) return std::nullopt;
  protocol::TopicRouteData route;
  for (const auto& [broker_name, queue] : queues->second) {
    route.queue_datas.push_back(queue);
    auto broker = brokers_.find(broker_name);
    if (broker == brokers_.end()) continue;
    route.broker_datas.push_back(broker->second);
    for (const auto& [id, address] : broker->second.broker_addrs) {
      auto servers = filter_servers_.find(address);
      if (servers != filter_servers_.end()) route.filter_server_table.insert(*servers);
    }
  }
  if (route.broker_datas.empty()) return std::nullopt;
  return route;
}

std::vector<std::string> RouteTable::Topics() const {
  std::vector<std::string> names;
  names.reserve(topics_.size());
  for (const auto& [topic, queues] : topics_) names.push_back(topic);
  return names;
}

std::vector<std::string> RouteTable::TopicsOfCluster(const std::string& cluster) const {
  std::vector<std::string> names;
  auto brokers = clusters_.find(cluster);
  if (brokers == clusters_.end()) return names;
  for (const auto& [topic, queues] : topics_) {
    for (const auto& [broker_name, queue] : queues) {
      if (brokers->second.count(broker_name) == 0) continue;
      names.push_back(topic);
      break;
    }
  }
  return names;
}

std::vector<std::string> RouteTable::TopicsByFlag(int32_t set, int32_t clear) const {
  std::vector<std::string> names;
  for (const auto& [topic, queues] : topics_) {
    if (queues.empty()) continue;
    int32_t flag = queues.begin()->second.topic_sys_flag;
    if ((flag & set) == set && (flag & clear) == 0) names.push_back(topic);
  }
  return names;
}

std::map<int64_t, std::string> RouteTable::Members(const std::string& broker_name) const {
  auto broker = brokers_.find(broker_name);
  return broker == brokers_.end() ? std::map<int64_t, std::string>() : broker->second.broker_addrs;
}

protocol::TopicList RouteTable::SystemTopics() const {
  protocol::TopicList list;
  for (const auto& [cluster, brokers] : clusters_) {
    list.topics.push_back(cluster);
    list.topics.insert(list.topics.end(), brokers.begin(), brokers.end());
  }
  for (const auto& [name, broker] : brokers_) {
    if (broker.broker_addrs.empty()) continue;
    list.broker_addr = broker.broker_addrs.begin()->second;
    break;
  }
  return list;
}

protocol::ClusterInfo RouteTable::Clusters() const { return {brokers_, clusters_}; }

template <typename Change>
int32_t RouteTable::ChangePermissions(const std::string& broker_name, Change change) {
  int32_t count = 0;
  for (auto& [topic, queues] : topics_) {
    auto queue = queues.find(broker_name);
    if (queue == queues.end()) continue;
    change(&queue->second.perm);
    ++count;
  }
  return count;
}

int32_t RouteTable::WipeWritePermission(const std::string& broker_name) {
  return ChangePermissions(broker_name, [](int32_t* perm) { *perm &= ~kPermWrite; });
}

int32_t RouteTable::AddWritePermission(const std::string& broker_name) {
  return ChangePermissions(broker_name, [](int32_t* perm) { *perm |= kPermWrite; });
}

bool RouteTable::RegisterTopic(const std::string& topic,
                               const std::vector<protocol::QueueData>& queues) {
  auto known = topics_.find(topic);
  if (known == topics_.end() && topics_.size() >= kMaxTopics) return false;
  QueuesByBroker added;
  QueuesByBroker& target = known == topics_.end() ? added : known->second;
  for (const protocol::QueueData& queue : queues) {
    if (brokers_.count(queue.broker_name) == 0) return false;
    target[queue.broker_name] = queue;
  }
  if (!added.empty()) topics_[topic] = std::move(added);
  return true;
}

void RouteTable::DeleteTopic(const std::string& topic, const std::string& cluster) {
  auto queues = topics_.find(topic);
  if (queues == topics_.end()) return;
  if (cluster.empty()) {
    topics_.erase(queues);
    return;
  }
  auto brokers = clusters_.find(cluster);
  if (brokers == clusters_.end()) return;
  for (const std::string& broker_name : brokers->second) queues->second.erase(broker_name);
  if (queues->second.empty()) topics_.erase(queues);
}

}  // namespace rewindmq::nameserver
