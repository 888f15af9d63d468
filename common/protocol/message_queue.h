#pragma once
// One queue of one topic at one broker (MessageQueue), the key of most offset tables. Ordered by
// topic, broker and queue. Thread safety: a plain value.

#include <compare>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "common/base/status.h"

namespace rewindmq::protocol {

struct MessageQueue {
  std::string topic;
  std::string broker_name;
  int32_t queue_id = 0;

  auto operator<=>(const MessageQueue&) const = default;

  // {"brokerName":"b","queueId":3,"topic":"T"}: exactly this order and no blanks, because
  // rocketmq-client-go splits it by hand.
  std::string ToJsonKey() const;
};

Result<MessageQueue> MessageQueueFromJson(const nlohmann::json& object);
// The text of an object key, as ParseJavaJson leaves it.
Result<MessageQueue> MessageQueueFromKey(const std::string& key);

}  // namespace rewindmq::protocol
