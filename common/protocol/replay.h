#pragma once
// Interval replay: what a broker is asked for and what it says of it (RewindMQ's own requests
// kStartReplay, kSteerReplay and kGetReplays; plain JSON bodies).
//
// A replay gives one consumer group the messages of one topic that were stored in [from, until)
// once more, through the group's retry topic, while the group's offsets stay where they are.
// Thread safety: plain values.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace rewindmq::protocol {

// What every message that comes again carries, beside its own properties.
inline constexpr std::string_view kPropertyReplayId = "REWIND_REPLAY_ID";
inline constexpr std::string_view kPropertyReplayTopic = "REWIND_ORIGIN_TOPIC";
inline constexpr std::string_view kPropertyReplayQueueId = "REWIND_ORIGIN_QUEUE_ID";
inline constexpr std::string_view kPropertyReplayOffset = "REWIND_ORIGIN_OFFSET";

// The body of kStartReplay. Starting the same replay twice is starting it once.
struct ReplayOrder {
  std::string id;  // of the asker's choice: letters, digits, '-' and '_', at most 64
  std::string topic;
  std::string group;
  int64_t from_ms = 0;   // by store time, inclusive
  int64_t until_ms = 0;  // by store time, exclusive
  // At most one of both; neither = what the group's own subscription lets through, when it is
  // known.
  std::string tag;  // "A || B"
  std::string sql;
  std::vector<int32_t> queue_ids;   // empty = every queue
  int32_t messages_per_second = 0;  // of this broker; 0 = as fast as it goes
  bool paused = false;

  bool operator==(const ReplayOrder&) const = default;
};

enum class ReplayState : uint8_t { kRunning, kPaused, kFinished, kCancelled, kFailed };
std::string_view Name(ReplayState state);  // "Running", …

struct ReplayQueue {
  int32_t queue_id = 0;
  int64_t begin_offset = 0;  // both pinned at the start
  int64_t end_offset = 0;
  int64_t next_offset = 0;  // the next one to look at; the end when all is done
  int64_t delivered = 0;    // different messages put into the retry topic
  int64_t filtered = 0;     // not let through by tag, sql or subscription
  int64_t missing = 0;      // deleted by retention before they were reached, or damaged
  int64_t repeated = 0;     // put once more after a crash, beyond `delivered`

  bool operator==(const ReplayQueue&) const = default;
};

struct ReplayStatus {
  ReplayOrder order;
  std::string filter;  // what is really applied, in words: "tag A || B", "sql …", "everything"
  ReplayState state = ReplayState::kRunning;
  std::string message;  // why it failed
  int64_t start_time_ms = 0;
  std::optional<int64_t> end_time_ms;
  std::vector<ReplayQueue> queues;  // by id
  // Of what was delivered, how many messages the group has not committed yet.
  int64_t unconsumed = 0;

  bool operator==(const ReplayStatus&) const = default;
};

std::string EncodeReplayOrder(const ReplayOrder& order);
// kInvalidArgument names the member that is wrong.
Result<ReplayOrder> DecodeReplayOrder(std::string_view text);
std::string EncodeReplayStatus(const ReplayStatus& status);
Result<ReplayStatus> DecodeReplayStatus(std::string_view text);
// {"replays":[…]}: the answer to kGetReplays.
std::string EncodeReplayList(const std::vector<ReplayStatus>& list);
Result<std::vector<ReplayStatus>> DecodeReplayList(std::string_view text);

}  // namespace rewindmq::protocol
