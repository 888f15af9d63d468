#pragma once
// The way back: a reset to the offsets that another one found. What the group has consumed once
// more meanwhile is not undone by it. Pure.

#include <string>
#include <vector>

#include "reset/request.h"
#include "reset/table.h"

namespace rewindmq::reset {

struct Undo {
  // Of kind kRestoreFrom, in any direction, without limits; no offsets = nothing was moved.
  Request request;
  // Queues that were moved and cannot be moved back, each with its reason, for people.
  std::vector<std::string> not_restorable;
};

// Every queue that the reset moved, or may have moved, to where it was before. Queues that it left
// alone are left alone.
Undo UndoOf(const Request& request, const Table& table);

}  // namespace rewindmq::reset
