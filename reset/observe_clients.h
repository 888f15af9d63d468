#pragma once
// Verification by the members' own words (code 223): each of them tells where it is in the queues
// that it reads. Thread safety: plain values; ObserveClients blocks.

#include <map>
#include <string>

#include "client/admin_api.h"
#include "common/base/status.h"
#include "reset/request.h"
#include "reset/table.h"

namespace rewindmq::reset {

using ClientOffsetTable = std::map<std::string, client::QueueOffsets>;  // by client id

// Marks what the members confirm. Of a broadcasting group every member has to; otherwise a queue
// belongs to one of them. `clients_confirmed` of the broker counts the members of whose queues
// every one that was moved is where it should be.
void TakeClientOffsets(const Request& request, const ClientOffsetTable& clients, BrokerRow* broker,
                       Table* table);

// An error means that the broker did not answer, or that it did not get its clients' answers.
Status ObserveClients(client::AdminApi* admin, const Request& request, const BrokerRow& broker,
                      Table* table);

}  // namespace rewindmq::reset
