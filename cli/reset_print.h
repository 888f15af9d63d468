#pragma once
// A plan, and what became of it, for people (a table) and for programs (JSON).
// Thread safety: functions on values.

#include <ostream>
#include <string>

#include "common/base/status.h"
#include "reset/planner.h"
#include "reset/request.h"
#include "reset/table.h"

namespace rewindmq::cli {

// broker, queue, min, max, before, target, replay, skip, state, reason, and the hash and counts.
void PrintPlan(const reset::Request& request, const reset::Plan& plan, std::ostream& out);
// The same rows with reported and after, or with the progress of a replay.
void PrintOutcome(const reset::Request& request, const reset::Table& table, std::ostream& out);

void PrintPlanJson(const reset::Request& request, const reset::Plan& plan, std::ostream& out);
void PrintOutcomeJson(const reset::Request& request, const reset::Table& table, std::ostream& out);

// An error that names every queue and broker that did not, or will not, get where it should.
Status FailuresOf(const reset::Table& table);

}  // namespace rewindmq::cli
