#include "nameserver/options.h"

#include <algorithm>
#include <cstdlib>

namespace rewindmq::nameserver {
namespace {

constexpr int64_t kMaxScanMs = 60'000;
constexpr int64_t kMaxIdleSeconds = 24 * 3600;
constexpr int64_t kMaxConnections = 1'000'000;

bool Contains(const std::vector<std::string>& keys, const std::string& key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

// What may change at run time.
const std::vector<std::string>& MutableKeys() {
  static const std::vector<std::string> keys = {"deleteTopicWithBrokerRegistration",
                                                "enableAllTopicList",
                                                "enableTopicList",
                                                "logLevel",
                                                "orderMessageEnable",
                                                "returnOrderTopicConfigToBroker"};
  return keys;
}

Status ReadMutable(const Settings& settings, Options* options) {
  REWIND_TRY(settings.ReadChoice("logLevel", {"trace", "debug", "info", "warn", "error"},
                                 &options->log_level));
  REWIND_TRY(settings.Read("orderMessageEnable", &options->order_message_enable));
  REWIND_TRY(settings.Read("returnOrderTopicConfigToBroker",
                           &options->return_order_topic_config_to_broker));
  REWIND_TRY(settings.Read("enableAllTopicList", &options->enable_all_topic_list));
  REWIND_TRY(settings.Read("enableTopicList", &options->enable_topic_list));
  return settings.Read("deleteTopicWithBrokerRegistration",
                       &options->delete_topic_with_broker_registration);
}

std::string DefaultKvConfigPath() {
  const char* home = std::getenv("HOME");
  return std::string(home == nullptr ? "." : home) + "/namesrv/kvConfig.json";
}

}  // namespace

const std::vector<std::string>& KnownKeys() {
  static const std::vector<std::string> keys = {"bindAddress",
                                                "configStorePath",
                                                "deleteTopicWithBrokerRegistration",
                                                "enableAllTopicList",
                                                "enableTopicList",
                                                "kvConfigPath",
                                                "listenPort",
                                                "logFormat",
                                                "logLevel",
                                                "maxConnections",
                                                "maxConnectionsPerAddress",
                                                "orderMessageEnable",
                                                "returnOrderTopicConfigToBroker",
                                                "scanNotActiveBrokerInterval",
                                                "serverChannelMaxIdleTimeSeconds"};
  return keys;
}

const std::vector<std::string>& IgnoredKeys() {
  static const std::vector<std::string> keys = {"configStorePath"};
  return keys;
}

Result<Options> ReadOptions(const Settings& settings) {
  Options options;
  options.kv_config_path = DefaultKvConfigPath();
  REWIND_TRY(settings.Read("bindAddress", &options.bind_address));
  REWIND_TRY(settings.Read("listenPort", &options.listen_port, 0, 65535));
  REWIND_TRY(settings.Read("kvConfigPath", &options.kv_config_path));
  REWIND_TRY(settings.ReadChoice("logFormat", {"text", "json"}, &options.log_format));
  REWIND_TRY(settings.Read("scanNotActiveBrokerInterval",
                           &options.scan_not_active_broker_interval_ms, 10, kMaxScanMs));
  REWIND_TRY(settings.Read("serverChannelMaxIdleTimeSeconds",
                           &options.server_channel_max_idle_time_seconds, 1, kMaxIdleSeconds));
  REWIND_TRY(settings.Read("maxConnections", &options.max_connections, 1, kMaxConnections));
  REWIND_TRY(settings.Read("maxConnectionsPerAddress", &options.max_connections_per_address, 1,
                           kMaxConnections));
  REWIND_TRY(ReadMutable(settings, &options));
  return options;
}

Status UpdateOptions(const std::map<std::string, std::string>& changes, Options* options) {
  Settings settings;
  for (const auto& [key, value] : changes) {
    if (!Contains(MutableKeys(), key)) {
      return {ErrorCode::kInvalidArgument,
              Contains(KnownKeys(), key)
                  ? key + " is read at start only; change it in the settings file and restart"
                  : "there is no setting '" + key + "'"};
    }
    settings.Set(key, value, "update request");
  }
  Options updated = *options;
  REWIND_TRY(ReadMutable(settings, &updated));
  *options = std::move(updated);
  return Status::Ok();
}

std::map<std::string, std::string> DescribeOptions(const Options& options) {
  auto text = [](bool value) { return std::string(value ? "true" : "false"); };
  return {
      {"bindAddress", options.bind_address},
      {"deleteTopicWithBrokerRegistration", text(options.delete_topic_with_broker_registration)},
      {"enableAllTopicList", text(options.enable_all_topic_list)},
      {"enableTopicList", text(options.enable_topic_list)},
      {"kvConfigPath", options.kv_config_path},
      {"listenPort", std::to_string(options.listen_port)},
      {"logFormat", options.log_format},
      {"logLevel", options.log_level},
      {"maxConnections", std::to_string(options.max_connections)},
      {"maxConnectionsPerAddress", std::to_string(options.max_connections_per_address)},
      {"orderMessageEnable", text(options.order_message_enable)},
      {"returnOrderTopicConfigToBroker", text(options.return_order_topic_config_to_broker)},
      {"scanNotActiveBrokerInterval", std::to_string(options.scan_not_active_broker_interval_ms)},
      {"serverChannelMaxIdleTimeSeconds",
       std::to_string(options.server_channel_max_idle_time_seconds)},
  };
}

}  // namespace rewindmq::nameserver
