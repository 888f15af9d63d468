#include "nameserver/route_table.h"

#include <utility>

namespace rewindmq::nameserver {
namespace {

using protocol::BrokerData;
using protocol::QueueData;

QueueData ToQueueData(const std::string& broker_name, const protocol::TopicConfig& config) {
  return {broker_name, config.read_queue_nums, config.write_queue_nums, config.perm,
          config.topic_sys_flag};
}

}  // namespace

Status RouteTable::CheckLimits(const Registration& registration) const {
  for (const auto& [name, value] : {std::pair("clusterName", &registration.cluster),
                                    std::pair("brokerName", &registration.broker_name),
                                    std::pair("brokerAddr", &registration.broker_addr)}) {
    if (value->empty()) {
      return {ErrorCode::kInvalidArgument, std::string("a broker registered without ") + name};
    }
  }
  if (registration.may_be_one_change && registration.body.topic_config_table.topics.size() == 1 &&
      !Holds(registration)) {
    return {ErrorCode::kInvalidArgument, "register broker failed"};
  }
  if (live_.size() >= kMaxBrokers && live_.count(registration.broker_addr) == 0) {
    return {ErrorCode::kResourceExhausted,
            std::to_string(kMaxBrokers) + " brokers are registered; no more are accepted"};
  }
  if (topics_.size() + registration.body.topic_config_table.topics.size() > kMaxTopics) {
    return {ErrorCode::kResourceExhausted,
            "with this broker there would be more than " + std::to_string(kMaxTopics) + " topics"};
  }
  return Status::Ok();
}

// Some address is registered under this name and id.
bool RouteTable::Holds(const Registration& registration) const {
  auto broker = brokers_.find(registration.broker_name);
  return broker != brokers_.end() && broker->second.broker_addrs.count(registration.broker_id) > 0;
}

// Another broker holds this name and id, and its state version is newer: this one was deposed.
bool RouteTable::IsOutdated(const Registration& registration) const {
  auto broker = brokers_.find(registration.broker_name);
  if (broker == brokers_.end()) return false;
  auto holder = broker->second.broker_addrs.find(registration.broker_id);
  if (holder == broker->second.broker_addrs.end() || holder->second == registration.broker_addr) {
    return false;
  }
  auto live = live_.find(holder->second);
  return live != live_.end() && live->second.version.state_version >
                                    registration.body.topic_config_table.data_version.state_version;
}

// An address stands for one broker only. A slave that became master keeps its name's topics; a
// broker that was renamed takes its old name with it.
void RouteTable::ForgetFormerSelf(const Registration& registration) {
  auto live = live_.find(registration.broker_addr);
  if (live == live_.end()) return;
  if (live->second.broker_name != registration.broker_name) {
    RemoveBroker(registration.broker_addr);
  } else if (live->second.broker_id != registration.broker_id) {
    brokers_[registration.broker_name].broker_addrs.erase(live->second.broker_id);
  }
}

Result<RegistrationResult> RouteTable::Register(Registration registration, int64_t now_ms) {
  REWIND_TRY(CheckLimits(registration));
  RegistrationResult result;
  if (IsOutdated(registration)) {
    result.ignored = true;
    return result;
  }
  result.new_broker = live_.count(registration.broker_addr) == 0;
  ForgetFormerSelf(registration);

  BrokerData& broker = brokers_[registration.broker_name];
  if (!broker.cluster.empty() && broker.cluster != registration.cluster) {
    std::set<std::string>& names = clusters_[broker.cluster];
    names.erase(registration.broker_name);
    if (names.empty()) clusters_.erase(broker.cluster);
  }
  broker.cluster = registration.cluster;
  broker.broker_name = registration.broker_name;
  clusters_[registration.cluster].insert(registration.broker_name);
  std::string& address = broker.broker_addrs[registration.broker_id];
  bool first = address.empty();
  address = registration.broker_addr;

  if (registration.broker_id == protocol::kMasterId) UpdateTopics(registration, first);
  live_[registration.broker_addr] = {registration.broker_name,
                                     registration.broker_id,
                                     now_ms,
                                     registration.expiry_ms,
                                     registration.body.topic_config_table.data_version,
                                     registration.ha_server_addr,
                                     registration.connection_id};
  if (registration.body.filter_servers.empty()) {
    filter_servers_.erase(registration.broker_addr);
  } else {
    filter_servers_[registration.broker_addr] = std::move(registration.body.filter_servers);
  }
  if (registration.broker_id != protocol::kMasterId) {
    auto master = live_.find(broker.MasterAddress());
    if (master != live_.end()) {
      result.master_addr = master->first;
      result.ha_server_addr = master->second.ha_server_addr;
    }
  }
  return result;
}

// Between changes of its version a broker's topics are left alone, so that a wiped write permission
// lasts; but a topic that it has and that is missing here is added (as 5.x does).
void RouteTable::UpdateTopics(const Registration& registration, bool first) {
  const protocol::TopicConfigTable& table = registration.body.topic_config_table;
  auto live = live_.find(registration.broker_addr);
  bool changed = first || live == live_.end() || live->second.version != table.data_version;
  for (const auto& [topic, config] : table.topics) {
    QueuesByBroker& queues = topics_[topic];
    if (changed || queues.count(registration.broker_name) == 0) {
      queues[registration.broker_name] = ToQueueData(registration.broker_name, config);
    }
  }
  if (delete_missing_topics_ && table.topics.size() > 1) RemoveMissingTopics(registration);
}

void RouteTable::RemoveMissingTopics(const Registration& registration) {
  const auto& kept = registration.body.topic_config_table.topics;
  for (auto topic = topics_.begin(); topic != topics_.end();) {
    if (kept.count(topic->first) == 0) topic->second.erase(registration.broker_name);
    topic = topic->second.empty() ? topics_.erase(topic) : std::next(topic);
  }
}

bool RouteTable::Unregister(const std::string& broker_name, const std::string& broker_addr,
                            int64_t broker_id) {
  auto live = live_.find(broker_addr);
  if (live == live_.end() || live->second.broker_name != broker_name ||
      live->second.broker_id != broker_id) {
    return false;
  }
  RemoveBroker(broker_addr);
  return true;
}

std::vector<std::string> RouteTable::ConnectionClosed(uint64_t connection_id) {
  std::vector<std::string> gone;
  for (const auto& [address, live] : live_) {
    if (live.connection_id == connection_id) gone.push_back(address);
  }
  for (const std::string& address : gone) RemoveBroker(address);
  return gone;
}

std::vector<std::string> RouteTable::Expire(int64_t now_ms) {
  std::vector<std::string> gone;
  for (const auto& [address, live] : live_) {
    if (now_ms - live.last_update_ms > live.expiry_ms) gone.push_back(address);
  }
  for (const std::string& address : gone) RemoveBroker(address);
  return gone;
}

VersionCheck RouteTable::CheckVersion(const std::string& broker_addr,
                                      const protocol::DataVersion& version, int64_t now_ms) {
  VersionCheck check;
  auto live = live_.find(broker_addr);
  if (live == live_.end()) return check;
  check.stored = live->second.version;
  check.changed = live->second.version != version;
  live->second.last_update_ms = now_ms;
  return check;
}

void RouteTable::Heartbeat(const std::string& broker_addr, int64_t now_ms) {
  auto live = live_.find(broker_addr);
  if (live != live_.end()) live->second.last_update_ms = now_ms;
}

// The name's other address may have replaced this one already; then only the live entry goes.
void RouteTable::RemoveBroker(const std::string& broker_addr) {
  auto live = live_.extract(broker_addr);
  filter_servers_.erase(broker_addr);
  if (live.empty()) return;
  auto broker = brokers_.find(live.mapped().broker_name);
  if (broker == brokers_.end()) return;
  auto& addresses = broker->second.broker_addrs;
  auto address = addresses.find(live.mapped().broker_id);
  if (address != addresses.end() && address->second == live.key()) addresses.erase(address);
  if (addresses.empty()) RemoveName(live.mapped().broker_name);
}

// The last address of a name takes the name's topics with it.
void RouteTable::RemoveName(const std::string& broker_name) {
  auto broker = brokers_.extract(broker_name);
  auto cluster = clusters_.find(broker.mapped().cluster);
  if (cluster != clusters_.end()) {
    cluster->second.erase(broker_name);
    if (cluster->second.empty()) clusters_.erase(cluster);
  }
  for (auto topic = topics_.begin(); topic != topics_.end();) {
    topic->second.erase(broker_name);
    topic = topic->second.empty() ? topics_.erase(topic) : std::next(topic);
  }
}

}  // namespace rewindmq::nameserver
