#pragma once
// The fingerprint of a plan, by which somebody who read it approves exactly it. Pure.

#include <string>

#include "reset/request.h"
#include "reset/table.h"

namespace rewindmq::reset {

// 16 hex digits (FNV-1a, not against forgery) over everything that says what will happen: see
// Plan::hash. Whether a queue has moved by itself to where it should go is left out with the rest
// of its progress.
std::string PlanHash(const Request& request, const Table& table);

}  // namespace rewindmq::reset
