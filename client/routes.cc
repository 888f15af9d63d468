#include "client/routes.h"

#include <algorithm>
#include <future>
#include <utility>

#include "common/base/parse.h"

namespace rewindmq::client {

Result<std::vector<std::string>> ParseNameServers(const std::string& text) {
  std::string uniform = text;
  std::replace(uniform.begin(), uniform.end(), ',', ';');
  std::vector<std::string> servers = SplitTrimmed(uniform, ';');
  for (const std::string& server : servers) {
    auto parts = remoting::SplitAddress(server);
    if (!parts.ok()) return parts.status().WithContext("nameserver");
  }
  if (servers.empty()) {
    return Status(ErrorCode::kInvalidArgument,
                  "no nameserver is given; name one as host:port, for example 127.0.0.1:9876");
  }
  return servers;
}

Routes::Routes(remoting::Client* client, std::vector<std::string> name_servers, int32_t timeout_ms)
    : client_(client), name_servers_(std::move(name_servers)), timeout_ms_(timeout_ms) {}

void Routes::Refresh(const std::string& topic, Callback callback) {
  if (name_servers_.empty()) {
    callback(Status(ErrorCode::kInvalidArgument, "no nameserver is given"));
    return;
  }
  Ask(topic, last_good_, name_servers_.size(), std::move(callback));
}

void Routes::Ask(const std::string& topic, size_t server, size_t tries_left, Callback callback) {
  std::string address = name_servers_[server];
  auto request = protocol::MakeRequest(protocol::kGetRouteInfoByTopic).With("topic", topic);
  client_->Invoke(
      address, std::move(request), timeout_ms_,
      [this, topic, server, tries_left, address,
       callback = std::move(callback)](Result<remoting::Reply> reply) mutable {
        // A nameserver that was restarted knows nothing until the brokers' next registration.
        bool no_answer = !reply.ok() || reply->command.code == protocol::kTopicNotExist;
        if (no_answer && tries_left > 1) {
          Ask(topic, (server + 1) % name_servers_.size(), tries_left - 1, std::move(callback));
          return;
        }
        if (!reply.ok()) {
          callback(reply.status().WithContext("nameserver " + address));
          return;
        }
        last_good_ = server;
        if (reply->command.code != protocol::kSuccess) {
          callback(Status::Rejected(reply->command.code, std::string(reply->command.remark)));
          return;
        }
        auto route = protocol::DecodeTopicRouteData(reply->command.body);
        if (!route.ok()) {
          callback(route.status().WithContext("route of " + topic + " from " + address));
          return;
        }
        auto shared = std::make_shared<const protocol::TopicRouteData>(std::move(*route));
        Remember(topic, shared);
        callback(shared);
      });
}

void Routes::Remember(const std::string& topic, const Route& route) {
  std::lock_guard lock(mutex_);
  by_topic_[topic] = route;
  for (const protocol::BrokerData& broker : route->broker_datas) {
    broker_by_name_[broker.broker_name] = broker;
  }
  ForgetGoneBrokersLocked();
}

// Nobody shall wait for the heartbeat of a broker that no topic is at any more.
void Routes::ForgetGoneBrokersLocked() {
  std::set<std::string> named;
  for (const auto& [topic, route] : by_topic_) {
    for (const protocol::BrokerData& broker : route->broker_datas) named.insert(broker.broker_name);
  }
  std::erase_if(broker_by_name_, [&named](const auto& entry) { return !named.count(entry.first); });
}

Result<Route> Routes::RefreshSync(const std::string& topic) {
  auto promise = std::make_shared<std::promise<Result<Route>>>();
  std::future<Result<Route>> future = promise->get_future();
  Refresh(topic, [promise](Result<Route> route) { promise->set_value(std::move(route)); });
  return future.get();
}

Route Routes::Cached(const std::string& topic) const {
  std::lock_guard lock(mutex_);
  auto it = by_topic_.find(topic);
  return it == by_topic_.end() ? nullptr : it->second;
}

std::string Routes::BrokerAddress(const std::string& broker_name, int64_t broker_id) const {
  std::lock_guard lock(mutex_);
  auto it = broker_by_name_.find(broker_name);
  if (it == broker_by_name_.end() || it->second.broker_addrs.empty()) return {};
  const std::map<int64_t, std::string>& addresses = it->second.broker_addrs;
  auto exact = addresses.find(broker_id);
  if (exact != addresses.end()) return exact->second;
  return addresses.begin()->second;  // ids are ordered: the master where there is one
}

std::set<std::string> Routes::Masters() const {
  std::lock_guard lock(mutex_);
  std::set<std::string> found;
  for (const auto& [name, broker] : broker_by_name_) {
    std::string master = broker.MasterAddress();
    if (!master.empty()) found.insert(std::move(master));
  }
  return found;
}

std::set<std::string> Routes::Brokers() const {
  std::lock_guard lock(mutex_);
  std::set<std::string> found;
  for (const auto& [name, broker] : broker_by_name_) {
    for (const auto& [id, address] : broker.broker_addrs) found.insert(address);
  }
  return found;
}

}  // namespace rewindmq::client
