#pragma once
// A group's committed offsets (14, 15) and a queue's own (29 by time, 30 max, 31 min, 32 earliest
// store time).

#include "broker/handlers/parts.h"
#include "common/remoting/dispatcher.h"

namespace rewindmq::broker {

void AddOffsetHandlers(Parts* parts, remoting::Dispatcher* dispatcher);

}  // namespace rewindmq::broker
