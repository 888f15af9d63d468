#pragma once
// Producers' sends: 10, 310 and 320 (SendMessageProcessor). An answer of success means: stored and
// visible; with SYNC_FLUSH also on disk. FLUSH_DISK_TIMEOUT means stored, but not yet on disk.

#include "broker/handlers/parts.h"
#include "common/remoting/dispatcher.h"

namespace rewindmq::broker {

void AddSendHandlers(Parts* parts, remoting::Dispatcher* dispatcher);

}  // namespace rewindmq::broker
