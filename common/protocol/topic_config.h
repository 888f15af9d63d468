#pragma once
// A topic at one broker (TopicConfig), and the table of a broker's topics with its version
// (TopicConfigSerializeWrapper). Thread safety: plain values.

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/protocol/data_version.h"

namespace rewindmq::protocol {

inline constexpr int32_t kPermInherit = 1;
inline constexpr int32_t kPermWrite = 2;
inline constexpr int32_t kPermRead = 4;

struct TopicConfig {
  std::string topic_name;
  int32_t read_queue_nums = 16;
  int32_t write_queue_nums = 16;
  int32_t perm = kPermRead | kPermWrite;
  std::string topic_filter_type = "SINGLE_TAG";
  int32_t topic_sys_flag = 0;
  bool order = false;
  std::map<std::string, std::string> attributes;

  bool operator==(const TopicConfig&) const = default;
};

std::string EncodeTopicConfig(const TopicConfig& config);
Result<TopicConfig> DecodeTopicConfig(std::string_view text);
Result<TopicConfig> TopicConfigFromJson(const nlohmann::json& object);

// "name read write perm filterType attributes", the form inside a compressed registration
// (TopicConfig.encode). Written without attributes: 4.x takes a line with them for a broken one.
std::string EncodeTopicConfigLine(const TopicConfig& config);
Result<TopicConfig> DecodeTopicConfigLine(std::string_view line);

// {"topicConfigList":[…]}, what 18 creates at once.
Result<std::vector<TopicConfig>> DecodeTopicConfigList(std::string_view text);

struct TopicConfigTable {
  DataVersion data_version;
  std::map<std::string, TopicConfig> topics;
};

std::string EncodeTopicConfigTable(const TopicConfigTable& table);
Result<TopicConfigTable> DecodeTopicConfigTable(std::string_view text);
Result<TopicConfigTable> TopicConfigTableFromJson(const nlohmann::json& object);

}  // namespace rewindmq::protocol
