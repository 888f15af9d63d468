#pragma once
// Decides what became of a broker that was asked, or was about to be, when the answer or the
// program was lost. It looks instead of asking again: with b = before, t = target, c = committed
// now,
//   rewind (t < b): t <= c < b applied;  c >= b not applied or replayed already;  c < t somebody
//   else skip   (t > b): c >= t applied;      b <= c < t not applied, asking again is harmless;  c
//   < b else
// Thread safety: one table at a time; calls block.

#include "client/admin_api.h"
#include "common/base/status.h"
#include "reset/request.h"
#include "reset/table.h"

namespace rewindmq::reset {

// Leaves no row of the broker Applying. When every queue of it is a skip that did not happen and
// `may_ask_again`, the broker is Pending again with its rows Planned. An error (no answer) changes
// nothing: call again later.
Status ResolveInterrupted(client::AdminApi* admin, const Request& request, bool may_ask_again,
                          BrokerRow* broker, Table* table);

}  // namespace rewindmq::reset
