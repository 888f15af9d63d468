#pragma once
// The table of a reset: a row for every broker and every queue. The planner makes it, acting and
// verifying fill it in, the operator stores it and the command line prints it.
// Thread safety: plain values.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reset/capabilities.h"

namespace rewindmq::reset {

enum class BrokerState : uint8_t { kPending, kApplying, kApplied, kFailed, kUnknown, kSkipped };
enum class QueueState : uint8_t {
  kPlanned,       // has a target and waits for its broker's turn
  kApplying,      // its broker is being asked, or was when the program ended
  kApplied,       // its broker said so, or the offsets do
  kUnchanged,     // already there, or the direction forbids it; see the reason
  kFailed,        //
  kUnknown,       // asked for, without an answer and without evidence
  kNotAttempted,  // the reset ended before its broker's turn
  kNotCovered,    // readable, but above the write queues that code 222 reaches
};

std::string_view Name(BrokerState state);
std::string_view Name(QueueState state);
std::optional<BrokerState> BrokerStateFromName(std::string_view name);
std::optional<QueueState> QueueStateFromName(std::string_view name);

// Reasons of rows and of whole resets: CamelCase words that scripts may rely on.
namespace reason {
inline constexpr std::string_view kAllQueuesReset = "AllQueuesReset";
inline constexpr std::string_view kNothingToDo = "NothingToDo";
inline constexpr std::string_view kSomeQueuesFailed = "SomeQueuesFailed";
inline constexpr std::string_view kVerified = "Verified";
inline constexpr std::string_view kVerificationMismatch = "VerificationMismatch";
inline constexpr std::string_view kOffsetMovedAfterReset = "OffsetMovedAfterReset";
inline constexpr std::string_view kNoCommittedOffset = "NoCommittedOffset";
inline constexpr std::string_view kTopicNotFound = "TopicNotFound";
inline constexpr std::string_view kConsumerGroupNotFound = "ConsumerGroupNotFound";
inline constexpr std::string_view kConsumerNotOnline = "ConsumerNotOnline";
inline constexpr std::string_view kClientVersionTooOld = "ClientVersionTooOld";
inline constexpr std::string_view kForwardSkipNotAllowed = "ForwardSkipNotAllowed";
inline constexpr std::string_view kBackwardReplayNotAllowed = "BackwardReplayNotAllowed";
inline constexpr std::string_view kNameServerUnreachable = "NameServerUnreachable";
inline constexpr std::string_view kBrokerUnreachable = "BrokerUnreachable";
inline constexpr std::string_view kBrokerRejected = "BrokerRejected";
inline constexpr std::string_view kPermissionDenied = "PermissionDenied";
inline constexpr std::string_view kOutcomeUnknown = "OutcomeUnknown";
inline constexpr std::string_view kDryRunComplete = "DryRunComplete";
inline constexpr std::string_view kTargetTimeInFuture = "TargetTimeInFuture";
inline constexpr std::string_view kUntilBeforeTime = "UntilBeforeTime";
inline constexpr std::string_view kOffsetOutOfRange = "OffsetOutOfRange";
inline constexpr std::string_view kQueueNotFound = "QueueNotFound";
inline constexpr std::string_view kLimitExceeded = "LimitExceeded";
inline constexpr std::string_view kPlanHashChanged = "PlanHashChanged";
inline constexpr std::string_view kRouteChanged = "RouteChanged";
inline constexpr std::string_view kConcurrentReset = "ConcurrentReset";
// What this kind of broker cannot do; the message says what it can.
inline constexpr std::string_view kNotSupportedByBroker = "NotSupportedByBroker";
// Members of a broadcasting group keep their offsets themselves, and none is online.
inline constexpr std::string_view kBroadcastingOffline = "BroadcastingOffline";
inline constexpr std::string_view kReplayed = "Replayed";
inline constexpr std::string_view kCancelled = "Cancelled";
}  // namespace reason

struct BrokerRow {
  std::string name;
  std::string address;  // of the master; empty = the route names none
  BrokerState state = BrokerState::kPending;
  std::string method;  // "NotifyClients" or "BrokerSide": what was really done
  std::string reason;
  std::optional<int32_t> response_code;
  std::string remark;  // the broker's own words, or what stood in the way
  int32_t attempts = 0;
  std::optional<int64_t> attempt_time_ms;
  std::optional<int32_t> clients_online;  // of the group; absent = the broker did not say
  // Verification by clients: how many of them are where they should be.
  std::optional<int32_t> clients_confirmed;
  // What it was when it was planned, for people; whoever acts looks again.
  std::optional<BrokerKind> kind;
  bool broadcasting = false;  // the group's members keep their offsets themselves
};

// How far an interval replay of one queue is (protocol::ReplayQueue).
struct ReplayProgress {
  int64_t begin_offset = 0;
  int64_t end_offset = 0;
  int64_t next_offset = 0;
  int64_t delivered = 0;
  int64_t filtered = 0;
  int64_t missing = 0;
  int64_t repeated = 0;

  bool operator==(const ReplayProgress&) const = default;
};

struct QueueRow {
  std::string topic;
  std::string broker_name;
  int32_t queue_id = 0;
  QueueState state = QueueState::kPlanned;
  std::string reason;
  std::optional<int64_t> min_offset;
  std::optional<int64_t> max_offset;
  std::optional<int64_t> before_offset;  // committed when it was planned; absent = never
  std::optional<int64_t> target_offset;
  std::optional<int64_t> reported_offset;  // what the broker says it set
  std::optional<int64_t> after_offset;     // committed when it was last read
  std::optional<ReplayProgress> replay;    // of a request with a replay only
  std::string message;

  void SetState(QueueState to, std::string_view why, std::string text = {}) {
    state = to;
    reason = why;
    message = std::move(text);
  }
  // How far the group is behind; absent when not known.
  std::optional<int64_t> LagBefore() const;
  std::optional<int64_t> LagAfter() const;
  // What the group should be found at: the broker's word goes before the plan's.
  std::optional<int64_t> Expected() const {
    return reported_offset.has_value() ? reported_offset : target_offset;
  }
  // Was meant to be asked for.
  bool IsPlanned() const {
    return state != QueueState::kUnchanged && state != QueueState::kNotCovered &&
           state != QueueState::kFailed;
  }
  bool Withheld() const {
    return state == QueueState::kUnchanged && (reason == reason::kForwardSkipNotAllowed ||
                                               reason == reason::kBackwardReplayNotAllowed);
  }
};

struct Table {
  std::vector<BrokerRow> brokers;
  std::vector<QueueRow> queues;  // by broker, then topic (the retry topic last), then queue

  BrokerRow* FindBroker(std::string_view name);
  std::vector<QueueRow*> QueuesOf(std::string_view broker_name);
  std::vector<const QueueRow*> QueuesOf(std::string_view broker_name) const;
};

// Moves every queue of the broker that is in state `from`.
void MoveQueues(Table* table, std::string_view broker_name, QueueState from, QueueState to,
                std::string_view why, const std::string& message);

}  // namespace rewindmq::reset
