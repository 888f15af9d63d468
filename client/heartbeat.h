#pragma once
// Keeps brokers aware of a client: HEART_BEAT (34) to each of them, UNREGISTER_CLIENT (35) at the
// end (MQClientInstance.sendHeartbeatToAllBrokerWithLock). Requests go out together; both functions
// wait for all answers. Thread safety: any thread but an io thread.

#include <cstdint>
#include <set>
#include <string>

#include "common/base/status.h"
#include "common/protocol/heartbeat.h"
#include "common/remoting/client.h"

namespace rewindmq::client {

// Brokers forget a client after 120 s of silence.
inline constexpr int64_t kHeartbeatIntervalMs = 30'000;

// Ok when every broker accepted; otherwise the first error, with the broker's address.
Status SendHeartbeats(remoting::Client* client, const std::set<std::string>& brokers,
                      const protocol::HeartbeatData& heartbeat, int32_t timeout_ms);

// Empty groups are left out. A broker that cannot be reached forgets the client by itself.
void Unregister(remoting::Client* client, const std::set<std::string>& brokers,
                const std::string& client_id, const std::string& producer_group,
                const std::string& consumer_group, int32_t timeout_ms);

}  // namespace rewindmq::client
