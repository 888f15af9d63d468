#pragma once
// Where a topic lives (TopicRouteData, code 105) and which brokers a cluster has (ClusterInfo,
// code 106). Thread safety: plain values.

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace rewindmq::protocol {

inline constexpr int64_t kMasterId = 0;

struct QueueData {
  std::string broker_name;
  int32_t read_queue_nums = 0;
  int32_t write_queue_nums = 0;
  int32_t perm = 0;
  int32_t topic_sys_flag = 0;

  bool operator==(const QueueData&) const = default;
};

struct BrokerData {
  std::string cluster;
  std::string broker_name;
  std::map<int64_t, std::string> broker_addrs;  // 0 is the master

  bool operator==(const BrokerData&) const = default;

  // "host:port" of the master, empty without one.
  std::string MasterAddress() const;
};

struct TopicRouteData {
  std::string order_topic_conf;  // empty = absent
  std::vector<QueueData> queue_datas;
  std::vector<BrokerData> broker_datas;
  std::map<std::string, std::vector<std::string>> filter_server_table;  // by broker address
};

// The flag of a topic is written under both its names, topicSynFlag (to 4.8) and topicSysFlag.
// `quoted_keys`: standard JSON, for senders since 4.9.4 or who ask for it.
std::string EncodeTopicRouteData(const TopicRouteData& route, bool quoted_keys);
Result<TopicRouteData> DecodeTopicRouteData(std::string_view text);

struct ClusterInfo {
  std::map<std::string, BrokerData> brokers;              // by broker name
  std::map<std::string, std::set<std::string>> clusters;  // cluster to broker names
};

// Integer keys without quotes, to every version.
std::string EncodeClusterInfo(const ClusterInfo& info);
Result<ClusterInfo> DecodeClusterInfo(std::string_view text);

// The brokers of one name (GetBrokerMemberGroupResponseBody, code 901); integer keys without
// quotes.
std::string EncodeBrokerMemberGroup(const BrokerData& group);

}  // namespace rewindmq::protocol
