#pragma once
// Answers to requests of clients to clients (324, 325): pushed to the client that asked, and stored
// when storeReplyMessageEnable says so.

#include "broker/handlers/parts.h"
#include "common/remoting/dispatcher.h"

namespace rewindmq::broker {

void AddReplyHandlers(Parts* parts, remoting::Dispatcher* dispatcher);

}  // namespace rewindmq::broker
