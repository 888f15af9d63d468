#pragma once
// A reset's table for people: aligned columns with a head, then what brokers and queues have to
// say; and as CSV (RFC 4180) for spreadsheets. Pure.

#include <string>

#include "reset/request.h"
#include "reset/table.h"

namespace rewindmq::reset {

// What is to happen: broker, queue, min, max, before, target, replay, skip, state, reason.
std::string PlanText(const Request& request, const Table& table);
// What has happened: the same rows with reported and after, or with the progress of a replay.
std::string OutcomeText(const Request& request, const Table& table);
// Every column of both, and the message; an absent value is empty.
std::string TableCsv(const Table& table);

}  // namespace rewindmq::reset
