#include "reset/plan_queue.h"

#include <algorithm>
#include <utility>

namespace rewindmq::reset {
namespace {

void Refuse(QueueRow* row, BrokerKind kind, Feature feature) {
  row->SetState(QueueState::kFailed, reason::kNotSupportedByBroker,
                std::string(CapabilityOf(kind, feature).words));
}

std::string Between(const QueueSnapshot& queue) {
  return "the queue has " + std::to_string(queue.min_offset) + " to " +
         std::to_string(queue.max_offset);
}

// Readable, committed and reachable: only the direction may still forbid the move.
void DecideMove(const Request& request, int64_t from, int64_t to, QueueRow* row) {
  if (to == from) {
    row->SetState(QueueState::kUnchanged, reason::kNothingToDo,
                  "the group is already at the target");
  } else if (to > from && request.direction == Direction::kRewindOnly) {
    row->SetState(QueueState::kUnchanged, reason::kForwardSkipNotAllowed,
                  "the target would skip " + std::to_string(to - from) + " unread messages");
  } else if (to < from && request.direction == Direction::kSkipOnly) {
    row->SetState(QueueState::kUnchanged, reason::kBackwardReplayNotAllowed,
                  "the target would replay " + std::to_string(from - to) + " messages");
  } else {
    row->SetState(QueueState::kPlanned, {});
  }
}

// True when the row is decided: an offset that somebody typed is never bent into the queue.
bool RefuseTypedOffset(const Request& request, const QueueSnapshot& queue, QueueRow* row) {
  if (request.target.kind != TargetKind::kOffsets) return false;
  const std::string offset = "offset " + std::to_string(queue.target);
  std::string wrong;
  if (queue.target < 0) {
    wrong = offset + " is negative";
  } else if (queue.target > queue.max_offset) {
    wrong = offset + " is beyond the end";
  } else if (queue.target < queue.min_offset) {
    wrong = offset + " is of a message that is deleted already";
  }
  if (wrong.empty()) return false;
  row->target_offset = queue.target;
  row->SetState(QueueState::kFailed, reason::kOffsetOutOfRange, wrong + "; " + Between(queue));
  return true;
}

void DecideNeverCommitted(const Request& request, const PlanContext& context, BrokerKind kind,
                          const QueueSnapshot& queue, QueueRow* row) {
  if (request.target.ByOffsets()) {
    row->SetState(QueueState::kPlanned, {});
  } else if (queue.max_offset == queue.min_offset) {
    row->SetState(QueueState::kUnchanged, reason::kNoCommittedOffset, "the queue has no message");
  } else if (context.group_reads && CapabilityOf(kind, Feature::kNeverCommitted).can) {
    row->SetState(QueueState::kPlanned, {}, "the group never committed an offset for this queue");
  } else {
    row->SetState(
        QueueState::kFailed, reason::kNoCommittedOffset,
        "the group never committed an offset for this queue; start a consumer once, then reset");
  }
}

void DecideReplay(BrokerKind kind, const QueueSnapshot& queue, QueueRow* row) {
  row->target_offset.reset();
  if (!CapabilityOf(kind, Feature::kReplay).can) return Refuse(row, kind, Feature::kReplay);
  const int64_t high = std::max(queue.min_offset, queue.max_offset);
  const int64_t begin = std::clamp(queue.target, queue.min_offset, high);
  const int64_t end = std::clamp(queue.replay_end.value_or(begin), begin, high);
  row->replay = ReplayProgress{begin, end, begin, 0, 0, 0, 0};
  if (begin == end) {
    row->SetState(QueueState::kUnchanged, reason::kNothingToDo,
                  "the queue has no message of this interval");
  } else {
    row->SetState(QueueState::kPlanned, {});
  }
}

// True when the row is decided: what brokers of this kind cannot do, whatever the target.
bool RefuseByKind(const Request& request, const PlanContext& context, const BrokerSnapshot& broker,
                  const QueueSnapshot& queue, QueueRow* row) {
  const bool by_offsets_written = request.method == Method::kBrokerSide || broker.members.Offline();
  if (context.broadcasting && broker.members.Offline()) {
    row->SetState(
        QueueState::kFailed, reason::kBroadcastingOffline,
        "the group is broadcasting, so its members keep their offsets themselves, and none is "
        "connected to this broker; start them, then reset");
  } else if (context.broadcasting && !CapabilityOf(broker.kind, Feature::kBroadcasting).can) {
    Refuse(row, broker.kind, Feature::kBroadcasting);
  } else if (row->topic != request.topic && !by_offsets_written &&
             !CapabilityOf(broker.kind, Feature::kRetryTopic).can) {
    Refuse(row, broker.kind, Feature::kRetryTopic);
  } else if (!queue.writable && request.method != Method::kBrokerSide &&
             !CapabilityOf(broker.kind, Feature::kAboveWriteQueues).can) {
    row->SetState(QueueState::kNotCovered, {},
                  std::string(CapabilityOf(broker.kind, Feature::kAboveWriteQueues).words));
  } else {
    return false;
  }
  return true;
}

}  // namespace

QueueRow DecideQueue(const Request& request, const PlanContext& context,
                     const BrokerSnapshot& broker, const QueueSnapshot& queue) {
  QueueRow row;
  row.topic = queue.topic.empty() ? request.topic : queue.topic;
  row.broker_name = broker.name;
  row.queue_id = queue.queue_id;
  row.min_offset = queue.min_offset;
  row.max_offset = queue.max_offset;
  row.before_offset = queue.committed;
  if (request.replay.has_value()) {
    DecideReplay(broker.kind, queue, &row);
    return row;
  }
  row.target_offset =
      std::clamp(queue.target, queue.min_offset, std::max(queue.min_offset, queue.max_offset));
  if (RefuseTypedOffset(request, queue, &row)) return row;
  if (RefuseByKind(request, context, broker, queue, &row)) return row;
  if (context.broadcasting) {
    row.SetState(QueueState::kPlanned, {}, "each member keeps its own offset");
  } else if (!queue.committed.has_value()) {
    DecideNeverCommitted(request, context, broker.kind, queue, &row);
  } else {
    // Messages before the first are gone: a group that stands there continues at the first.
    DecideMove(request, std::max(*queue.committed, queue.min_offset), *row.target_offset, &row);
  }
  if (request.target.kind == TargetKind::kRestoreFrom && *row.target_offset != queue.target &&
      row.message.empty()) {
    row.message = "was at " + std::to_string(queue.target) + ", but " + Between(queue) + " now";
  }
  return row;
}

int64_t ReplayedBy(const QueueRow& row) {
  if (row.replay.has_value()) return row.replay->end_offset - row.replay->begin_offset;
  if (!row.before_offset || !row.target_offset || !row.min_offset || !row.max_offset) return 0;
  // Only messages that are there can be replayed or skipped.
  const int64_t high = std::max(*row.min_offset, *row.max_offset);
  const int64_t from = std::clamp(*row.before_offset, *row.min_offset, high);
  return std::max<int64_t>(0, from - *row.target_offset);
}

int64_t SkippedBy(const QueueRow& row) {
  if (!row.before_offset || !row.target_offset || !row.min_offset || !row.max_offset) return 0;
  const int64_t high = std::max(*row.min_offset, *row.max_offset);
  const int64_t from = std::clamp(*row.before_offset, *row.min_offset, high);
  return std::max<int64_t>(0, *row.target_offset - from);
}

}  // namespace rewindmq::reset
