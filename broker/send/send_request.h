#pragma once
// The headers of SEND_MESSAGE and SEND_REPLY_MESSAGE (10, 324, long names) and of SEND_MESSAGE_V2,
// SEND_BATCH_MESSAGE and SEND_REPLY_MESSAGE_V2 (310, 320, 325, one-letter names) as one type
// (SendMessageRequestHeader, …V2). Views into the command.

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/base/status.h"
#include "common/protocol/command.h"

namespace rewindmq::broker {

struct SendRequest {
  std::string_view producer_group;
  std::string_view topic;
  std::string_view default_topic;
  int32_t default_topic_queue_nums = 0;
  int32_t queue_id = 0;  // negative: the broker chooses
  int32_t sys_flag = 0;
  int64_t born_timestamp_ms = 0;
  int32_t flag = 0;
  std::string_view properties;
  int32_t reconsume_times = 0;
  std::optional<int32_t> max_reconsume_times;
  bool unit_mode = false;
  bool batch = false;
};

// kInvalidArgument names the field that is missing or malformed.
Result<SendRequest> ReadSendRequest(const protocol::Command& command);

}  // namespace rewindmq::broker
