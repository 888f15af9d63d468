#pragma once
// What a client tells every broker each 30 seconds (HeartbeatData, code 34): its producer groups,
// its consumer groups and their subscriptions. Thread safety: plain values.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace rewindmq::protocol {

class JsonWriter;

// The numbers are Java's ordinals, which the C++ client sends in place of the names.
enum class ConsumeType : int32_t { kActively = 0, kPassively = 1, kPop = 2 };
enum class MessageModel : int32_t { kBroadcasting = 0, kClustering = 1 };
enum class ConsumeFromWhere : int32_t {
  kLastOffset = 0,
  kLastOffsetAndFromMinWhenBootFirst = 1,
  kMinOffset = 2,
  kMaxOffset = 3,
  kFirstOffset = 4,
  kTimestamp = 5,
};

// "CONSUME_PASSIVELY", "CLUSTERING", "CONSUME_FROM_LAST_OFFSET", …
std::string_view ConsumeTypeName(ConsumeType type);
std::string_view MessageModelName(MessageModel model);
std::string_view ConsumeFromWhereName(ConsumeFromWhere where);

inline constexpr std::string_view kTagExpression = "TAG";
inline constexpr std::string_view kSql92Expression = "SQL92";

struct SubscriptionData {
  std::string topic;
  std::string sub_string;
  std::vector<std::string> tags_set;
  std::vector<int32_t> code_set;  // hash codes of the tags
  int64_t sub_version = 0;
  std::string expression_type = std::string(kTagExpression);
  bool class_filter_mode = false;

  bool operator==(const SubscriptionData&) const = default;
};

struct ConsumerData {
  std::string group_name;
  ConsumeType consume_type = ConsumeType::kPassively;
  MessageModel message_model = MessageModel::kClustering;
  ConsumeFromWhere consume_from_where = ConsumeFromWhere::kLastOffset;
  std::vector<SubscriptionData> subscriptions;
  bool unit_mode = false;

  bool operator==(const ConsumerData&) const = default;
};

struct HeartbeatData {
  std::string client_id;
  std::vector<std::string> producer_groups;
  std::vector<ConsumerData> consumers;
  int32_t heartbeat_fingerprint = 0;  // 5.x: not 0 = this client can send without subscriptions
  bool without_sub = false;           // 5.x: subscriptions are as in the last heartbeat

  bool operator==(const HeartbeatData&) const = default;
};

std::string EncodeHeartbeatData(const HeartbeatData& heartbeat);
Result<HeartbeatData> DecodeHeartbeatData(std::string_view text);

std::string EncodeSubscriptionData(const SubscriptionData& subscription);
Result<SubscriptionData> SubscriptionDataFromJson(const nlohmann::json& object);
// Name or ordinal; null or absent is the default. kCorruption for anything else.
Result<ConsumeType> ConsumeTypeFromJson(const nlohmann::json* value);
Result<MessageModel> MessageModelFromJson(const nlohmann::json* value);
Result<ConsumeFromWhere> ConsumeFromWhereFromJson(const nlohmann::json* value);

}  // namespace rewindmq::protocol
