#pragma once
// From a request for a reset to what it does: every queue is looked at before anything is changed.
// Errors carry the response code: 17 unknown topic, 26 unknown group, 1 anything else that is
// wrong, with a message that names the queue, the value and what is allowed.
// Thread safety: functions that read the broker's parts.

#include <string>

#include "broker/handlers/parts.h"
#include "broker/offset/offset_table.h"
#include "common/base/status.h"
#include "common/protocol/command.h"
#include "common/protocol/offset_tables.h"

namespace rewindmq::broker {

// Named offsets of one request (30001).
inline constexpr size_t kMaxNamedQueues = 10'000;
inline constexpr size_t kMaxNamedBytes = 4U << 20;

struct ResetPlan {
  std::string group;
  std::string topic;
  std::string wish;                // in words, for the log
  TopicOffsets moved;              // what changes
  protocol::ResetOffsetBody rows;  // every queue, and where it stands after the reset
  bool own_offsets = false;        // a broadcasting group: its connected members are reset
};

// Code 222 (ResetOffsetRequestHeader). Fields: topic, group, timestamp (ms; negative: the end of
// the queue), isForce (false: queues are only moved back, never over unread messages), queueId
// (one queue only), offset (of that queue, instead of the time), and our own resetRetryTopic (the
// group's retry topic goes to the same time).
Result<ResetPlan> PlanResetByTime(const Parts& parts, const protocol::Command& command);

// Code 30001, RewindMQ's own. Fields: topic, group; body: ResetOffsetBody with exact offsets of
// queues of this topic or of the group's retry topic. What is named is moved.
Result<ResetPlan> PlanResetToOffsets(const Parts& parts, const protocol::Command& command);

}  // namespace rewindmq::broker
