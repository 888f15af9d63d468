#pragma once
// Everything the planner decides from, read from the cluster in one go: the route, what kind each
// broker is and who of the group is connected to it, and of every queue its ends, what the group
// has committed, and where the target lies. A broker that cannot be read keeps its place with its
// error, so that it is never forgotten silently.
// Thread safety: plain values; ReadSnapshot blocks.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/admin_api.h"
#include "common/base/status.h"
#include "reset/request.h"
#include "reset/who.h"

namespace rewindmq::reset {

// A hostile or broken route must not make us ask a broker a billion times.
inline constexpr int32_t kMaxQueuesPerBroker = 4096;

struct QueueSnapshot {
  int32_t queue_id = 0;
  bool writable = true;  // below the broker's number of write queues
  int64_t min_offset = 0;
  int64_t max_offset = 0;
  std::optional<int64_t> committed;        // absent = the group never committed one
  int64_t target = 0;                      // what the broker finds for the target; a replay's begin
  std::optional<int64_t> replay_end = {};  // of a request with a replay only
  std::string topic = {};                  // empty = the request's own
};

struct BrokerSnapshot {
  std::string name;
  std::string address;     // of the master; empty = the route names none
  Status error;            // what kept us from reading it; then queues have no offsets
  int32_t queue_nums = 0;  // readable, by the route
  BrokerKind kind = BrokerKind::kUnknown;
  Members members;
  std::vector<QueueSnapshot> queues;
};

struct Snapshot {
  std::vector<BrokerSnapshot> brokers;  // by name
  // False when even the group's retry topic is unknown; asked only if nothing was ever committed.
  bool group_known = true;

  // Of the group's message model each broker knows only while a member is connected.
  bool Broadcasting() const;
};

// Errors are those of the route: kNotFound (no such topic), kUnavailable, kTimeout, kRejected.
Result<Snapshot> ReadSnapshot(client::AdminApi* admin, const Request& request);

}  // namespace rewindmq::reset
