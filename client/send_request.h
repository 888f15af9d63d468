#pragma once
// A message as a SEND_MESSAGE_V2 request (310), and the broker's answer to it.
// Thread safety: pure functions.

#include <cstdint>
#include <string>

#include "client/message.h"
#include "client/publish_queues.h"
#include "common/base/status.h"
#include "common/protocol/command.h"

namespace rewindmq::client {

// kInvalidArgument with what is wrong: topic, empty or too long body, separators in properties.
Status CheckMessage(const Message& message, size_t max_body_bytes);

// The properties string, with tag, keys, WAIT and UNIQ_KEY.
std::string MessageProperties(const Message& message, const std::string& unique_id);

struct SendSettings {
  std::string group;
  int32_t new_topic_queues = 4;
};

protocol::Outgoing MakeSendRequest(const Message& message, const std::string& properties,
                                   const SendSettings& settings, const PublishQueue& target,
                                   int64_t born_timestamp_ms);

// kRejected unless the broker says that the message is stored.
Result<SendResult> ReadSendAnswer(const protocol::Command& answer, const PublishQueue& target,
                                  const std::string& unique_id);

// Whether another broker may succeed where this one failed (DefaultMQProducer.retryResponseCodes,
// and every failure of the connection).
bool WorthAnotherTry(const Status& status);

}  // namespace rewindmq::client
