#pragma once
// Everything the planner decides from, read from the cluster in one go: the route, and of every
// queue its ends, what the group has committed, and where the target lies. A broker that cannot be
// read keeps its place with its error, so that it is never forgotten silently.
// Thread safety: plain values; ReadSnapshot blocks.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/admin_api.h"
#include "common/base/status.h"
#include "reset/request.h"

namespace rewindmq::reset {

// A hostile or broken route must not make us ask a broker a billion times.
inline constexpr int32_t kMaxQueuesPerBroker = 4096;

struct QueueSnapshot {
  int32_t queue_id = 0;
  bool writable = true;  // below the broker's number of write queues
  int64_t min_offset = 0;
  int64_t max_offset = 0;
  std::optional<int64_t> committed;  // absent = the group never committed one
  int64_t target = 0;                // what the broker finds for the target
};

struct BrokerSnapshot {
  std::string name;
  std::string address;     // of the master; empty = the route names none
  Status error;            // what kept us from reading it; then queues have no offsets
  int32_t queue_nums = 0;  // readable, by the route
  std::optional<int32_t> clients_online;
  std::vector<QueueSnapshot> queues;
};

struct Snapshot {
  std::vector<BrokerSnapshot> brokers;  // by name
  // False when even the group's retry topic is unknown; asked only if nothing was ever committed.
  bool group_known = true;
};

// Errors are those of the route: kNotFound (no such topic), kUnavailable, kTimeout, kRejected.
Result<Snapshot> ReadSnapshot(client::AdminApi* admin, const Request& request);

// 203 at the broker: how many consumers of the group are online. Absent when the broker answers
// something that does not tell; an error when it does not answer.
Result<std::optional<int32_t>> CountClients(client::AdminApi* admin, const std::string& address,
                                            const std::string& group);

// True when the peer was silent, as opposed to saying no.
bool IsSilence(const Status& status);

}  // namespace rewindmq::reset
