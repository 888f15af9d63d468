#pragma once
// Decides what became of a broker that was asked, or was about to be, when the answer or the
// program was lost. It looks instead of asking again: with b = before, t = target, c = committed
// now,
//   rewind (t < b): t <= c < b applied;  c >= b not applied or replayed already;  c < t somebody
//   else
//   skip   (t > b): c >= t applied;      b <= c < t not applied, asking again is harmless;  c < b
//   else
// A broker that moves all of a request's queues or none (ours) lets one queue speak for the others,
// and where nobody was online to read on, c = b says that nothing was applied. A replay is started
// once however often it is asked for. Thread safety: one table at a time; calls block.

#include <cstdint>
#include <vector>

#include "client/admin_api.h"
#include "common/base/status.h"
#include "reset/request.h"
#include "reset/table.h"
#include "reset/verify.h"

namespace rewindmq::reset {

struct Finding {
  QueueRow* row;
  int64_t committed;
  Evidence evidence;
};

struct Recovery {
  // Nothing of it was applied, and asking for it once more does nothing that was not asked for.
  bool safe_to_ask_again = false;
  // Of a broker that moves all or none: one queue proves that all were moved.
  bool all_applied = false;
};

// Pure. `all_or_none`: the request moves every queue or none. `offline_throughout`: no member of
// the group was online when it was asked, nor is one now.
Recovery DecideRecovery(const std::vector<Finding>& findings, bool all_or_none,
                        bool offline_throughout);

// Leaves no row of the broker Applying. When asking again is safe and `may_ask_again`, the broker
// is Pending again with its rows Planned. An error (no answer) changes nothing: call again later.
Status ResolveInterrupted(client::AdminApi* admin, const Request& request, bool may_ask_again,
                          BrokerRow* broker, Table* table);

}  // namespace rewindmq::reset
