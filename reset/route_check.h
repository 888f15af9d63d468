#pragma once
// What has become of a plan by the time it is to be carried out: between both lie an approval,
// sometimes a night. Looks only; whoever is about to ask a broker calls it right before, and
// refuses with the finding. Thread safety: plain values; calls block.

#include <string>

#include "client/admin_api.h"
#include "common/base/status.h"
#include "reset/request.h"
#include "reset/table.h"

namespace rewindmq::reset {

// Empty reason: as planned.
struct Objection {
  std::string reason;  // of table.h
  std::string message;

  bool empty() const { return reason.empty(); }
};

// TopicNotFound when the topic is gone; RouteChanged, naming what, when brokers came or went or
// have another master or other queues than the plan. Brokers that are done are no longer looked at.
// An error means that no nameserver answered.
Result<Objection> CheckRoute(client::AdminApi* admin, const Request& request, const Table& table);

// ConcurrentReset when a queue that is to move is no longer where a group that only reads on can
// be: behind the place where it was planned. An error means that a broker did not answer.
Result<Objection> CheckOffsets(client::AdminApi* admin, const Request& request, const Table& table);

}  // namespace rewindmq::reset
