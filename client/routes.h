#pragma once
// Where topics live: asked from the nameservers with code 105 and remembered. The nameservers are
// tried in turn, beginning with the one that answered last, until one knows the topic.
// Thread safety: every method may be called from any thread; RefreshSync not from an io thread.

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/protocol/route_data.h"
#include "common/remoting/client.h"

namespace rewindmq::client {

using Route = std::shared_ptr<const protocol::TopicRouteData>;

// "a:9876;b:9876" (a comma will do too). kInvalidArgument names the part that is no address.
Result<std::vector<std::string>> ParseNameServers(const std::string& text);

class Routes {
 public:
  using Callback = std::function<void(Result<Route>)>;

  // `client` outlives this. `timeout_ms` is for each nameserver.
  Routes(remoting::Client* client, std::vector<std::string> name_servers, int32_t timeout_ms);

  // Asks; a positive answer is remembered. kRejected with 17: no such topic. The callback runs
  // once, on an io thread.
  void Refresh(const std::string& topic, Callback callback);
  Result<Route> RefreshSync(const std::string& topic);
  // Null when this topic has not been found yet.
  Route Cached(const std::string& topic) const;

  // The address of this broker id, else of the master, else of any; empty for an unknown name.
  std::string BrokerAddress(const std::string& broker_name, int64_t broker_id) const;
  // Of all brokers of all remembered topics.
  std::set<std::string> Masters() const;
  std::set<std::string> Brokers() const;

 private:
  void Ask(const std::string& topic, size_t server, size_t tries_left, Callback callback);
  void Remember(const std::string& topic, const Route& route);
  void ForgetGoneBrokersLocked();

  remoting::Client* client_;
  const std::vector<std::string> name_servers_;
  const int32_t timeout_ms_;
  std::atomic<size_t> last_good_{0};  // index into name_servers_
  mutable std::mutex mutex_;
  std::map<std::string, Route> by_topic_;                       // guarded by mutex_
  std::map<std::string, protocol::BrokerData> broker_by_name_;  // guarded by mutex_
};

}  // namespace rewindmq::client
