#pragma once
// Transactions: a producer ends one (37), and an administrator lets one be asked about again (323).

#include "broker/handlers/parts.h"
#include "common/remoting/dispatcher.h"

namespace rewindmq::broker {

void AddTransactionHandlers(Parts* parts, remoting::Dispatcher* dispatcher);

}  // namespace rewindmq::broker
