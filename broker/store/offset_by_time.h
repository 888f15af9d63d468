#pragma once
// The search for a queue offset by store time, exact for runs of equal times (RocketMQ 5.1.1 and
// later; kNearest is what older brokers answer). Thread safety: a pure function.

#include <cstdint>
#include <functional>

#include "broker/store/get_result.h"

namespace rewindmq::store {

// Searches the messages [min_offset, max_offset), whose times must not decrease.
//   kLower: the first with time >= timestamp_ms; max_offset when all are earlier.
//   kUpper: the last with time <= timestamp_ms; min_offset when all are later.
//   kNearest: the first with exactly this time; otherwise the neighbour whose time is nearer, the
//     earlier one of two as near; the first message when all are later, the last when all are
//     earlier.
// An empty queue answers max_offset.
int64_t SearchOffsetByTime(int64_t min_offset, int64_t max_offset, int64_t timestamp_ms,
                           Boundary boundary, const std::function<int64_t(int64_t)>& time_at);

}  // namespace rewindmq::store
