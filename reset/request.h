#pragma once
// What somebody wants of a reset, free of how it was asked for (an OffsetReset object, or a command
// line). Thread safety: plain values.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rewindmq::reset {

enum class TargetKind : uint8_t {
  kTime,         // the first message stored at or after a moment
  kEarliest,     // the first message that is still there
  kLatest,       // behind the last message
  kOffsets,      // exact offsets, of the queues that are named
  kRestoreFrom,  // the offsets before another reset, which the caller has looked up
};

struct QueueName {
  std::string topic;  // the request's own, or the group's retry topic
  std::string broker_name;
  int32_t queue_id = 0;

  auto operator<=>(const QueueName&) const = default;
};

struct Target {
  TargetKind kind = TargetKind::kTime;
  int64_t time_ms = 0;                        // kTime only
  std::map<QueueName, int64_t> offsets = {};  // kOffsets and kRestoreFrom only

  // What code 222 carries: a time, 0 for the beginning, -1 for the end (ResetOffsetRequestHeader).
  int64_t WireTimestampMs() const {
    if (kind == TargetKind::kLatest) return -1;
    return kind == TargetKind::kTime ? time_ms : 0;
  }
  bool ByOffsets() const {
    return kind == TargetKind::kOffsets || kind == TargetKind::kRestoreFrom;
  }
};

enum class Direction : uint8_t { kRewindOnly, kSkipOnly, kAny };

enum class Method : uint8_t {
  kAuto,           // ask the broker to reset; where it says that nobody is online, write offsets
  kNotifyClients,  // ask the broker to reset, and only when consumers are online
  kBrokerSide,     // write the offset of every queue
};

struct ScopedQueue {
  std::string broker_name;
  int32_t queue_id = 0;

  auto operator<=>(const ScopedQueue&) const = default;
};

// Both lists empty = every queue of the topic.
struct Scope {
  std::vector<std::string> broker_names;
  std::vector<ScopedQueue> queues;  // not every broker can (capabilities.h)

  bool Covers(const std::string& broker_name, int32_t queue_id) const;
  bool CoversBroker(const std::string& broker_name) const;
};

enum class VerifyBy : uint8_t {
  kCommitted,  // what the group has committed at the broker
  kClients,    // what the members that are online say of their own queues (code 223)
};

// A plan beyond one of them is not carried out.
struct Limits {
  std::optional<int64_t> max_replay_messages;
  std::optional<int64_t> max_skip_messages;
};

// Beside a target of kind kTime: no offset is moved. The broker gives the group the messages that
// were stored in [target, until) once more through its retry topic (common/protocol/replay.h).
struct Replay {
  int64_t until_ms = 0;
  std::string tag;  // at most one of both
  std::string sql;
  int32_t messages_per_second = 0;  // of the whole reset, shared by its brokers; 0 = no limit
  bool paused = false;
};

struct Request {
  std::string operation_id;  // the caller's name for this reset; a replay's id at the brokers
  std::string topic;
  std::string group;
  Target target;
  Direction direction = Direction::kRewindOnly;
  Method method = Method::kAuto;
  Scope scope;
  Limits limits;
  bool include_retry_topic = false;  // the group's retry topic goes to the same target
  std::optional<Replay> replay;
  VerifyBy verify_by = VerifyBy::kCommitted;

  // Whether a queue of this broker may have a row.
  bool ConcernsBroker(const std::string& broker_name) const;
  // Whether queues of the group's retry topic are asked for, as part of the target or by name.
  bool TouchesRetryTopic() const;
};

}  // namespace rewindmq::reset
