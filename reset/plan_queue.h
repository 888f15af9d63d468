#pragma once
// Decides for one queue where its group goes, or why it cannot or may not. Pure.

#include <cstdint>
#include <string>

#include "reset/request.h"
#include "reset/snapshot.h"
#include "reset/table.h"

namespace rewindmq::reset {

// What of the whole cluster a single queue's decision needs.
struct PlanContext {
  bool broadcasting = false;
  // The group has committed an offset of some queue: it really reads this topic.
  bool group_reads = true;
};

QueueRow DecideQueue(const Request& request, const PlanContext& context,
                     const BrokerSnapshot& broker, const QueueSnapshot& queue);

// What carrying out the row gives the group once more, and what it never gets. Of a replay: what
// lies between its ends, before any filter.
int64_t ReplayedBy(const QueueRow& row);
int64_t SkippedBy(const QueueRow& row);

}  // namespace rewindmq::reset
