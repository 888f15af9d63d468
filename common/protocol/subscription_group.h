#pragma once
// What a broker knows about a consumer group (SubscriptionGroupConfig), and the table of all groups
// with its version (SubscriptionGroupWrapper). Fields of 5.x that this broker does not act on are
// kept, so that a table written by Apache's broker survives a load and a store.
// Thread safety: plain values.

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/protocol/data_version.h"

namespace rewindmq::protocol {

struct SubscriptionGroupConfig {
  std::string group_name;
  bool consume_enable = true;
  bool consume_from_min_enable = true;
  bool consume_broadcast_enable = true;
  bool consume_message_orderly = false;
  int32_t retry_queue_nums = 1;
  int32_t retry_max_times = 16;
  // JSON texts of 5.x, kept as they came.
  std::string group_retry_policy = R"({"type":"CUSTOMIZED"})";
  std::string subscription_data_set;  // empty = absent
  int64_t broker_id = 0;
  int64_t which_broker_when_consume_slowly = 1;
  bool notify_consumer_ids_changed_enable = true;
  int32_t group_sys_flag = 0;
  int32_t consume_timeout_minute = 15;
  std::map<std::string, std::string> attributes;

  bool operator==(const SubscriptionGroupConfig&) const = default;
};

std::string EncodeSubscriptionGroupConfig(const SubscriptionGroupConfig& config);
Result<SubscriptionGroupConfig> DecodeSubscriptionGroupConfig(std::string_view text);
Result<SubscriptionGroupConfig> SubscriptionGroupConfigFromJson(const nlohmann::json& object);

// {"groupConfigList":[…]}, what 225 creates at once.
Result<std::vector<SubscriptionGroupConfig>> DecodeSubscriptionGroupList(std::string_view text);

// PermName.INDEX_PERM_READ as a bit.
inline constexpr int32_t kForbiddenRead = 1 << 2;

struct SubscriptionGroupTable {
  DataVersion data_version;
  std::map<std::string, SubscriptionGroupConfig> groups;
  std::map<std::string, std::map<std::string, int32_t>> forbidden;  // group -> topic -> bits; 5.x
};

std::string EncodeSubscriptionGroupTable(const SubscriptionGroupTable& table);
Result<SubscriptionGroupTable> DecodeSubscriptionGroupTable(std::string_view text);

}  // namespace rewindmq::protocol
