#pragma once
// What happens to messages after they were stored: a consumer sends one back (36,
// AbstractSendMessageProcessor.consumerSendMsgBack), a producer takes a timer message back (370,
// RecallMessageProcessor), and how far the delay levels are (45).

#include "broker/handlers/parts.h"
#include "common/remoting/dispatcher.h"

namespace rewindmq::broker {

void AddSendBackHandlers(Parts* parts, remoting::Dispatcher* dispatcher);

}  // namespace rewindmq::broker
