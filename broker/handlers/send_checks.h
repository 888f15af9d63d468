#pragma once
// What must hold for a send to be stored, in Java's order (AbstractSendMessageProcessor.msgCheck,
// SendMessageProcessor.handleRetryAndDLQ), with its codes and remarks.

#include <cstdint>
#include <string>

#include "broker/handlers/parts.h"
#include "broker/send/send_request.h"
#include "common/protocol/command.h"
#include "common/protocol/topic_config.h"

namespace rewindmq::broker {

struct Refusal {
  int32_t code = protocol::kSuccess;
  std::string remark;
};

// Whether brokerPermission lets anything be stored.
Refusal CheckBrokerTakes(const Parts& parts);

// The topic of the send, made when that is allowed; fills in *refusal when it must not be stored.
protocol::TopicConfig CheckSend(Parts* parts, const SendRequest& request, Refusal* refusal);

// Consumers that cannot send a message back send it to their retry topic themselves. True when it
// has come often enough: it belongs to *dead_letters, which exists then.
bool IsDeadRetry(Parts* parts, const protocol::Command& command, const SendRequest& request,
                 protocol::TopicConfig* dead_letters, Refusal* refusal);

// A group's topic of dead letters.
protocol::TopicConfig DeadLetterTopic(std::string_view group);

// How often the group may consume a message; the client's own number when it sends one.
int32_t MaxReconsumeTimes(int32_t of_group, const std::optional<int32_t>& of_client,
                          int32_t client_version);

int32_t CodeOf(store::PutStatus status);

}  // namespace rewindmq::broker
