#pragma once
// Looks at what the group has committed, at what its members say themselves, or at how far a replay
// is, and says whether a queue is done. A queue counts as moved once it was seen at its target, or
// past it in the way a reset group moves on; being seen once is enough, since a live group reads
// on. Judge and the marks on rows are pure; Observe reads.
// Thread safety: plain values; Observe blocks.

#include <cstdint>

#include "client/admin_api.h"
#include "common/base/status.h"
#include "reset/request.h"
#include "reset/table.h"

namespace rewindmq::reset {

enum class Evidence : uint8_t {
  kHolds,      // moved
  kNotYet,     // as if nothing had happened, or replayed past its old place already
  kElsewhere,  // somebody moved it to a place that this reset does not explain
};

// `row` has an expected offset; `committed` is read now.
Evidence Judge(const QueueRow& row, int64_t committed);

// Reads every applied queue of the broker that is not verified yet, and once every other queue, so
// that each row shows where its group is. A broadcasting group is always verified by its clients
// (clients_confirmed of the broker's row), and a replay by what its broker says of it. An error
// means that the broker did not answer.
Status Observe(client::AdminApi* admin, const Request& request, const BrokerRow& broker,
               Table* table);

// True when no applied queue waits for its evidence.
bool AllVerified(const Table& table);

// True when no queue was verified in one table and not in the other.
bool SameEvidence(const Table& a, const Table& b);

// Time is over: applied queues without evidence become failed, each with what was seen.
void GiveUpVerifying(Table* table);

}  // namespace rewindmq::reset
