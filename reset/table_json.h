#pragma once
// The rows of a reset as JSON: in the operator's status and in the command line's result file. An
// absent value has no field. Texts are cut at the lengths that the schema of OffsetReset allows.
// Reading does not trust: a wrong type or an unknown state is kInvalidArgument and named. Pure.

#include "common/base/status.h"
#include "reset/json_fields.h"
#include "reset/table.h"

namespace rewindmq::reset {

Json BrokerToJson(const BrokerRow& row);
Json QueueToJson(const QueueRow& row);
Result<BrokerRow> BrokerFromJson(const Json& json);
Result<QueueRow> QueueFromJson(const Json& json);

// Writes the lists `brokers` and `queues` of an object, or takes them away when they are empty.
void TableToJson(const Table& table, Json* object);
// Missing lists are empty.
Result<Table> TableFromJson(const Json& object);

}  // namespace rewindmq::reset
