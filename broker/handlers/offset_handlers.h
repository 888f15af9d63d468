#pragma once
// A group's committed offsets (14, 15) and a queue's own (29 by time, 30 max, 31 min, 32 earliest
// store time).

#include "broker/handlers/parts.h"
#include "broker/handlers/reset_guide.h"
#include "common/remoting/dispatcher.h"

namespace rewindmq::broker {

void AddOffsetHandlers(Parts* parts, ResetGuide* guide, remoting::Dispatcher* dispatcher);

}  // namespace rewindmq::broker
