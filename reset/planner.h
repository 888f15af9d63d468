#pragma once
// Decides for every queue where its group goes, what that replays or skips, and what cannot or may
// not be moved. A pure function of request and snapshot: nothing has happened yet when it returns.
// Thread safety: plain values.

#include <cstdint>
#include <optional>
#include <string>

#include "reset/request.h"
#include "reset/snapshot.h"
#include "reset/table.h"

namespace rewindmq::reset {

struct Plan {
  Table table;
  // 16 hex digits over the request and every queue's target: equal plans do equal things. What the
  // group has committed is left out, because it moves on by itself; so are the ends of the queues
  // where they are the target (kEarliest, kLatest).
  std::string hash;
  int64_t messages_to_replay = 0;  // of a replay: before its filter
  int64_t messages_to_skip = 0;
  int32_t queues_planned = 0;
  // Why nothing at all can be done, as one of the reasons of table.h; empty otherwise.
  std::string problem;
  std::string problem_message;
};

// `now_ms` is wall-clock time, against which the times of the request are held; absent = the caller
// has done so (the operator pins its times at the first visit).
Plan MakePlan(const Request& request, const Snapshot& snapshot,
              std::optional<int64_t> now_ms = std::nullopt);

// The reason, of those in table.h, for what a broker answered or for its silence.
std::string_view ReasonFor(const Status& broker_error);

}  // namespace rewindmq::reset
