#pragma once
// The nameserver's whole knowledge of brokers and topics (RouteInfoManager): five tables - queues
// by topic, addresses by broker name, broker names by cluster, live brokers by address, filter
// servers by address. Nothing is stored: every broker tells everything again each 30 seconds. Pure:
// time comes in as a parameter, in milliseconds of a clock that never goes back. Thread safety:
// none; it belongs to one thread.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/protocol/data_version.h"
#include "common/protocol/lists.h"
#include "common/protocol/register_broker.h"
#include "common/protocol/route_data.h"

namespace rewindmq::nameserver {

// A broker that has not registered for so long is gone.
inline constexpr int64_t kBrokerExpiryMs = 120'000;
inline constexpr size_t kMaxBrokers = 10'000;
inline constexpr size_t kMaxTopics = 1'000'000;

struct Registration {
  std::string cluster;
  std::string broker_name;
  std::string broker_addr;  // "host:port", the key of a live broker
  int64_t broker_id = protocol::kMasterId;
  std::string ha_server_addr;
  int64_t expiry_ms = kBrokerExpiryMs;
  uint64_t connection_id = 0;  // the broker is gone when this connection ends
  // The sender is of 5.x, which tells a single changed topic in the form of a registration.
  bool may_be_one_change = false;
  protocol::RegisterBrokerBody body;
};

struct RegistrationResult {
  // For a slave, when its master is alive.
  std::string master_addr;
  std::string ha_server_addr;
  bool new_broker = false;  // this address was not known before
  // A broker of a newer state version holds this name and id: the registration was ignored.
  bool ignored = false;
};

struct VersionCheck {
  bool changed = true;  // the broker has to register with its topics
  std::optional<protocol::DataVersion> stored;
};

class RouteTable {
 public:
  // `delete_missing_topics`: a registration of several topics also removes this broker's others
  // (deleteTopicWithBrokerRegistration). One topic alone is 5.x's notice of a single change.
  explicit RouteTable(bool delete_missing_topics = false)
      : delete_missing_topics_(delete_missing_topics) {}
  void set_delete_missing_topics(bool value) { delete_missing_topics_ = value; }

  // kInvalidArgument names a part that is missing; kResourceExhausted a limit. A broker that is not
  // known yet may not come with one change (kInvalidArgument): that was meant for a nameserver that
  // knows the rest, and would pass for the whole table until the version changes again.
  Result<RegistrationResult> Register(Registration registration, int64_t now_ms);
  // Forgets the broker when name, id and address are those it registered with.
  bool Unregister(const std::string& broker_name, const std::string& broker_addr,
                  int64_t broker_id);
  // Forgets the brokers of this connection; returns their addresses.
  std::vector<std::string> ConnectionClosed(uint64_t connection_id);
  // Forgets brokers that were silent for longer than they may be; returns their addresses.
  std::vector<std::string> Expire(int64_t now_ms);
  // Compares versions (code 322). Who asks is alive, whatever the result.
  VersionCheck CheckVersion(const std::string& broker_addr, const protocol::DataVersion& version,
                            int64_t now_ms);

  // The broker is alive (code 904); nothing happens when it is not known.
  void Heartbeat(const std::string& broker_addr, int64_t now_ms);
  // Adds or replaces a topic's queues at the brokers named (code 217). Stops at the first broker
  // that does not exist; false then, with what came before it changed, as Java's.
  bool RegisterTopic(const std::string& topic, const std::vector<protocol::QueueData>& queues);

  // Nothing when no broker serves the topic.
  std::optional<protocol::TopicRouteData> Route(const std::string& topic) const;
  std::vector<std::string> Topics() const;
  std::vector<std::string> TopicsOfCluster(const std::string& cluster) const;
  // Topics whose flags at their first broker have all bits of `set` and none of `clear`.
  std::vector<std::string> TopicsByFlag(int32_t set, int32_t clear) const;
  // Id and address of every broker of this name; empty when there is none.
  std::map<int64_t, std::string> Members(const std::string& broker_name) const;
  // Names of clusters and brokers, which are topics too, and the address of one broker.
  protocol::TopicList SystemTopics() const;
  protocol::ClusterInfo Clusters() const;

  // Both return the number of the broker's topics.
  int32_t WipeWritePermission(const std::string& broker_name);
  int32_t AddWritePermission(const std::string& broker_name);
  // Of every cluster when `cluster` is empty. Brokers that still have the topic bring it back.
  void DeleteTopic(const std::string& topic, const std::string& cluster);

 private:
  struct LiveBroker {
    std::string broker_name;
    int64_t broker_id = 0;
    int64_t last_update_ms = 0;
    int64_t expiry_ms = kBrokerExpiryMs;
    protocol::DataVersion version;
    std::string ha_server_addr;
    uint64_t connection_id = 0;
  };
  using QueuesByBroker = std::map<std::string, protocol::QueueData>;

  Status CheckLimits(const Registration& registration) const;
  bool Holds(const Registration& registration) const;
  bool IsOutdated(const Registration& registration) const;
  void ForgetFormerSelf(const Registration& registration);
  void UpdateTopics(const Registration& registration, bool first);
  void RemoveMissingTopics(const Registration& registration);
  void RemoveBroker(const std::string& broker_addr);
  void RemoveName(const std::string& broker_name);
  template <typename Change>
  int32_t ChangePermissions(const std::string& broker_name, Change change);

  bool delete_missing_topics_;
  std::map<std::string, QueuesByBroker> topics_;
  std::map<std::string, protocol::BrokerData> brokers_;
  std::map<std::string, std::set<std::string>> clusters_;
  std::map<std::string, LiveBroker> live_;
  std::map<std::string, std::vector<std::string>> filter_servers_;
};

}  // namespace rewindmq::nameserver
