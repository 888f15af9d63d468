#pragma once
// A request with a replay: what its brokers are told, how far they are, and changing them while
// they run. Thread safety: plain values; what takes an AdminApi blocks.

#include <cstdint>
#include <string>

#include "client/admin_api.h"
#include "common/base/status.h"
#include "common/protocol/replay.h"
#include "reset/request.h"
#include "reset/table.h"

namespace rewindmq::reset {

// The broker's share of the request's rate: all that have something to replay get the same, and
// none gets nothing, which would mean no limit.
int32_t ReplayRateOf(const Request& request, const Table& table, const std::string& broker_name);

// The order for the broker's rows that are to be replayed.
protocol::ReplayOrder ReplayOrderFor(const Request& request, const Table& table,
                                     const std::string& broker_name);

// Progress into the rows. A row is verified once all of its messages are delivered and the group
// has consumed everything that the broker delivered; when the replay ended otherwise it fails, and
// says why.
void TakeReplay(const protocol::ReplayStatus& status, BrokerRow* broker, Table* table);

// kGetReplays at the broker, into the rows. An error means that the broker did not answer.
Status ObserveReplay(client::AdminApi* admin, const Request& request, const BrokerRow& broker,
                     Table* table);

// Brings every broker whose replay is not over to what the request says now of pause and rate, or
// ends it. Asks only brokers that differ; all of them, even when one fails: the first error.
Status SteerReplay(client::AdminApi* admin, const Request& request, bool cancel, Table* table);

}  // namespace rewindmq::reset
