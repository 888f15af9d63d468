#pragma once
// The nameserver's settings, under the names that RocketMQ gives them (NamesrvConfig,
// NettyServerConfig). Thread safety: a plain value.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/base/settings.h"
#include "common/base/status.h"

namespace rewindmq::nameserver {

struct Options {
  std::string bind_address = "0.0.0.0";
  int32_t listen_port = 9876;  // 0 = any free one
  std::string kv_config_path;  // default: $HOME/namesrv/kvConfig.json
  std::string log_level = "info";
  std::string log_format = "text";
  bool order_message_enable = false;                // orderTopicConf in routes
  bool return_order_topic_config_to_broker = true;  // in answers to registrations
  bool enable_all_topic_list = true;                // code 206
  bool enable_topic_list = true;                    // codes 224, 311, 312, 313
  bool delete_topic_with_broker_registration = false;
  int32_t scan_not_active_broker_interval_ms = 5000;
  int32_t server_channel_max_idle_time_seconds = 120;
  int32_t max_connections = 16 * 1024;
  int32_t max_connections_per_address = 8 * 1024;
};

const std::vector<std::string>& KnownKeys();
// Keys of Java's nameserver that are accepted and have no effect here.
const std::vector<std::string>& IgnoredKeys();

// kInvalidArgument names where the bad value came from and what is allowed.
Result<Options> ReadOptions(const Settings& settings);
// Changes the settings that may change while the server runs. All or nothing; kInvalidArgument
// names the key that is unknown, fixed or has a bad value.
Status UpdateOptions(const std::map<std::string, std::string>& changes, Options* options);
// Every setting by its key, for code 319.
std::map<std::string, std::string> DescribeOptions(const Options& options);

}  // namespace rewindmq::nameserver
