#pragma once
// Which topics and queues may have files. Names come from outside and become folder names, so only
// the characters that RocketMQ allows in topics pass: no dot, no slash (RocketMQ's
// TopicValidator). Thread safety: pure functions.

#include <cstdint>
#include <string_view>

#include "common/base/status.h"

namespace rewindmq::store {

inline constexpr int32_t kMaxQueueId = 65535;

// kInvalidArgument names the topic or queue and what is allowed. The topic's length is checked too.
Status CheckQueueName(std::string_view topic, int32_t queue_id);

}  // namespace rewindmq::store
