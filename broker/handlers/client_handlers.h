#pragma once
// Clients come and go: heartbeat (34), unregister (35), member list (38), subscription check (46),
// queue locks (41, 42), and the notice to a group whose members have changed (40).

#include <string>

#include "broker/handlers/parts.h"
#include "common/remoting/dispatcher.h"

namespace rewindmq::broker {

void AddClientHandlers(Parts* parts, remoting::Dispatcher* dispatcher);

// Tells every member of the group to share the queues out anew, unless the group's configuration
// says no. A group without members is offline for its filters.
void NotifyMembersChanged(Parts* parts, const std::string& group);
// A connection has ended: its clients are gone.
void ForgetConnection(Parts* parts, uint64_t connection_id);
// Drops clients without a heartbeat for 120 s (ClientHousekeepingService).
void ExpireSilentClients(Parts* parts);

}  // namespace rewindmq::broker
