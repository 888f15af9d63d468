#pragma once
// What somebody wants of a reset, free of how it was asked for (an OffsetReset object, or a command
// line). Thread safety: plain values.

#include <cstdint>
#include <string>
#include <vector>

namespace rewindmq::reset {

enum class TargetKind : uint8_t {
  kTime,         // the first message stored at or after a moment
  kEarliest,     // the first message that is still there
  kLatest,       // behind the last message
  kOffsets,      // exact offsets; not served yet
  kRestoreFrom,  // the offsets before another reset; not served yet
};

struct Target {
  TargetKind kind = TargetKind::kTime;
  int64_t time_ms = 0;  // kTime only

  // What code 222 carries: a time, 0 for the beginning, -1 for the end (ResetOffsetRequestHeader).
  int64_t WireTimestampMs() const {
    if (kind == TargetKind::kLatest) return -1;
    return kind == TargetKind::kTime ? time_ms : 0;
  }
};

enum class Direction : uint8_t { kRewindOnly, kSkipOnly, kAny };

enum class Method : uint8_t {
  kAuto,           // ask the broker to reset; where it says that nobody is online, write offsets
  kNotifyClients,  // ask the broker to reset, and only when consumers are online
  kBrokerSide,     // write the offset of every queue
};

struct QueueName {
  std::string broker_name;
  int32_t queue_id = 0;

  auto operator<=>(const QueueName&) const = default;
};

// Both lists empty = every queue of the topic.
struct Scope {
  std::vector<std::string> broker_names;
  std::vector<QueueName> queues;  // kBrokerSide only: code 222 acts on whole brokers

  bool Covers(const std::string& broker_name, int32_t queue_id) const;
  bool CoversBroker(const std::string& broker_name) const;
};

struct Request {
  std::string topic;
  std::string group;
  Target target;
  Direction direction = Direction::kRewindOnly;
  Method method = Method::kAuto;
  Scope scope;
};

}  // namespace rewindmq::reset
