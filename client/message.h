#pragma once
// What a producer sends and what a consumer gets (Message, SendResult, MessageExt).
// Thread safety: plain values.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/protocol/message_queue.h"
#include "common/protocol/properties_text.h"

namespace rewindmq::client {

// Names of properties that this library sets or reads (MessageConst).
inline constexpr std::string_view kPropertyTags = "TAGS";
inline constexpr std::string_view kPropertyKeys = "KEYS";
inline constexpr std::string_view kPropertyWait = "WAIT";
inline constexpr std::string_view kPropertyUniqueKey = "UNIQ_KEY";
inline constexpr std::string_view kPropertyRetryTopic = "RETRY_TOPIC";

struct Message {
  std::string topic = {};
  std::string body = {};
  std::string tag = {};   // empty = none
  std::string keys = {};  // blank-separated; empty = none
  std::vector<std::pair<std::string, std::string>> properties = {};
};

// All of these mean that the message is stored; they differ in how safely.
enum class SendStatus { kOk, kFlushDiskTimeout, kSlaveNotAvailable, kFlushSlaveTimeout };

struct SendResult {
  SendStatus status = SendStatus::kOk;
  std::string unique_id;          // made by this client, carried in the property UNIQ_KEY
  std::string offset_message_id;  // made by the broker from its address and the log position
  protocol::MessageQueue queue;
  int64_t queue_offset = 0;
};

struct ReceivedMessage {
  protocol::MessageQueue queue;
  int64_t queue_offset = 0;
  int64_t commit_log_offset = 0;
  int64_t born_timestamp_ms = 0;
  int64_t store_timestamp_ms = 0;
  int32_t sys_flag = 0;
  int32_t flag = 0;
  int32_t reconsume_times = 0;
  std::string topic;  // of a message that is consumed again: the topic it was first sent to
  std::string body;
  std::string properties;  // as stored; see protocol::FindProperty

  std::optional<std::string_view> Property(std::string_view name) const {
    return protocol::FindProperty(properties, name);
  }
  std::string_view Tag() const { return Property(kPropertyTags).value_or(std::string_view()); }
};

}  // namespace rewindmq::client
