#pragma once
// What a table of rows amounts to: the counters of the status, and the end of the whole reset.
// Pure.

#include <string>

#include "operator/api/reset_status.h"
#include "reset/table.h"

namespace rewindmq::reconcile {

struct Verdict {
  bool complete = false;  // otherwise failed
  std::string phase;
  std::string reason;
  std::string message;
};

// For a table on which nothing is left to do.
Verdict JudgeTable(const reset::Table& table);

// The same for a replay.
Verdict JudgeReplay(const api::ResetStatus& status);

// How far a replay is, in a sentence.
std::string ReplayMessage(const api::ReplaySummary& replay);

// Fills in the counters, sums and the progress from the status's own table.
void Tally(api::ResetStatus* status);

}  // namespace rewindmq::reconcile
