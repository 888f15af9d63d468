#pragma once
// What the broker keeps of its replays, in config/replays.json: what was ordered, what was made of
// it, and how far it has got. Thread safety: plain values and pure functions.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "broker/replay/delivered_ranges.h"
#include "broker/replay/replay_filter.h"
#include "common/base/status.h"
#include "common/protocol/replay.h"

namespace rewindmq::broker {

struct ReplayRetryQueue {
  // Copies that `queues` does not count yet lie here or behind.
  int64_t scan_from = 0;
  // So many of the messages that are put next may have been put before; nobody can tell.
  int64_t doubtful = 0;
  DeliveredRanges delivered;

  bool operator==(const ReplayRetryQueue&) const = default;
};

struct ReplayProgress {
  std::vector<protocol::ReplayQueue> queues;   // by id
  std::vector<ReplayRetryQueue> retry_queues;  // by id, as many as copies are spread over

  bool operator==(const ReplayProgress&) const = default;
};

struct ReplayRecord {
  protocol::ReplayOrder asked;    // as it was started
  protocol::ReplayStatus status;  // its queues are those of `progress`, its order has today's rate
  ReplayFilterSpec filter;
  ReplayProgress progress;
};

inline bool IsUnfinished(protocol::ReplayState state) {
  return state == protocol::ReplayState::kRunning || state == protocol::ReplayState::kPaused;
}

std::string EncodeReplayRecords(const std::vector<ReplayRecord>& records);
// kCorruption and kInvalidArgument name the member that is wrong.
Result<std::vector<ReplayRecord>> DecodeReplayRecords(std::string_view text);

}  // namespace rewindmq::broker
