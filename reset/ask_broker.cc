#include "reset/ask_broker.h"

#include "common/protocol/codes.h"
#include "reset/planner.h"
#include "reset/replay.h"

namespace rewindmq::reset {
namespace {

constexpr std::string_view kNotNamed = "the broker's answer does not name this queue";

std::string TopicOf(const Turn& turn, const QueueRow& row) {
  return row.topic.empty() ? turn.request.topic : row.topic;
}

protocol::MessageQueue KeyOf(const Turn& turn, const QueueRow& row) {
  return {TopicOf(turn, row), row.broker_name, row.queue_id};
}

client::ResetRequest MakeReset(const Turn& turn) {
  client::ResetRequest reset;
  reset.topic = turn.request.topic;
  reset.group = turn.request.group;
  reset.timestamp_ms = turn.request.target.WireTimestampMs();
  return reset;
}

void SetMoved(QueueRow* row, int64_t reported) {
  row->state = QueueState::kApplied;
  row->reason.clear();
  row->message.clear();
  row->reported_offset = reported;
}

void SetRefused(const Status& status, QueueRow* row) {
  row->state = QueueState::kFailed;
  row->reason = ReasonFor(status);
  row->message = "the broker answered: " + status.message();
}

// Rows of queues that the answer names. Some may not have been planned (no committed offset, above
// the write queues): the broker has moved them all the same, and the table must say so.
void TakeAnswer(const Turn& turn, const client::QueueOffsets& offsets) {
  for (QueueRow* row : turn.table->QueuesOf(turn.broker->name)) {
    auto found = offsets.find(KeyOf(turn, *row));
    if (found == offsets.end()) continue;
    bool moved = row->state == QueueState::kApplying || row->state == QueueState::kFailed ||
                 row->state == QueueState::kNotCovered;
    if (moved) {
      SetMoved(row, found->second);
    } else {
      row->reported_offset = found->second;
    }
  }
}

void RecordAnswer(const Status& status, BrokerRow* broker) {
  if (status.code() == ErrorCode::kRejected) broker->response_code = status.response_code();
  if (status.ok()) broker->response_code = protocol::kSuccess;
  broker->remark = status.message();
}

void RefuseWhole(const Turn& turn, const Status& status) {
  turn.broker->reason = ReasonFor(status);
  MoveQueues(turn.table, turn.broker->name, QueueState::kApplying, QueueState::kFailed,
             turn.broker->reason, "the broker answered: " + status.message());
}

}  // namespace

void AskExactly(const Turn& turn) {
  const bool notified = turn.request.method != Method::kBrokerSide;
  turn.broker->method = notified ? kNotifyClientsName : kBrokerSideName;
  client::QueueOffsets offsets;
  for (const QueueRow* row : turn.table->QueuesOf(turn.broker->name)) {
    if (row->state != QueueState::kApplying) continue;
    offsets[KeyOf(turn, *row)] = row->target_offset.value_or(0);
  }
  Result<client::QueueOffsets> answer = turn.admin->ResetToOffsets(
      turn.broker->address, turn.request.group, turn.request.topic, offsets);
  RecordAnswer(answer.status(), turn.broker);
  if (answer.ok()) {
    TakeAnswer(turn, *answer);
    MoveQueues(turn.table, turn.broker->name, QueueState::kApplying, QueueState::kFailed,
               reason::kBrokerRejected, std::string(kNotNamed));
  } else if (answer.status().code() == ErrorCode::kRejected) {
    RefuseWhole(turn, answer.status());
  }
}

void AskForReplay(const Turn& turn) {
  turn.broker->method = kReplayName;
  Result<protocol::ReplayStatus> answer = turn.admin->StartReplay(
      turn.broker->address, ReplayOrderFor(turn.request, *turn.table, turn.broker->name));
  RecordAnswer(answer.status(), turn.broker);
  if (answer.ok()) {
    for (QueueRow* row : turn.table->QueuesOf(turn.broker->name)) {
      if (row->state != QueueState::kApplying) continue;
      row->state = QueueState::kApplied;
      row->reason.clear();
      row->message.clear();
    }
    TakeReplay(*answer, turn.broker, turn.table);
  } else if (answer.status().code() == ErrorCode::kRejected) {
    RefuseWhole(turn, answer.status());
  }
}

bool AskWholeBroker(const Turn& turn, bool force) {
  turn.broker->method = kNotifyClientsName;
  client::ResetRequest reset = MakeReset(turn);
  reset.force = force;
  Result<client::QueueOffsets> answer = turn.admin->ResetOffset(turn.broker->address, reset);
  RecordAnswer(answer.status(), turn.broker);
  if (answer.ok()) {
    TakeAnswer(turn, *answer);
    MoveQueues(turn.table, turn.broker->name, QueueState::kApplying, QueueState::kFailed,
               reason::kBrokerRejected, std::string(kNotNamed));
    return true;
  }
  if (answer.status().code() != ErrorCode::kRejected) return true;
  if (answer.status().response_code() == protocol::kConsumerNotOnline &&
      turn.request.method == Method::kAuto) {
    return false;  // the rows stay Applying, for the fall-back
  }
  RefuseWhole(turn, answer.status());
  return true;
}

// A broker that resets through its clients after all (one of unknown kind) ignores the queue and
// resets all by time; force=false then keeps those that may not go forward. Its answer names more
// than we asked for: we are done.
void AskQueueByQueue(const Turn& turn) {
  turn.broker->method = kNotifyClientsName;
  for (QueueRow* row : turn.table->QueuesOf(turn.broker->name)) {
    if (row->state != QueueState::kApplying) continue;
    client::ResetRequest reset = MakeReset(turn);
    reset.topic = TopicOf(turn, *row);
    reset.force = false;
    reset.queue_id = row->queue_id;
    reset.offset = row->target_offset.value_or(-1);
    Result<client::QueueOffsets> answer = turn.admin->ResetOffset(turn.broker->address, reset);
    RecordAnswer(answer.status(), turn.broker);
    if (answer.ok()) {
      TakeAnswer(turn, *answer);
      if (row->state == QueueState::kApplied) continue;
      row->state = QueueState::kFailed;
      row->reason = reason::kBrokerRejected;
      row->message = kNotNamed;
      continue;
    }
    if (answer.status().code() != ErrorCode::kRejected) return;
    SetRefused(answer.status(), row);
  }
}

void WriteOffsets(const Turn& turn) {
  turn.broker->method = kBrokerSideName;
  for (QueueRow* row : turn.table->QueuesOf(turn.broker->name)) {
    if (row->state != QueueState::kApplying) continue;
    const int64_t target = row->target_offset.value_or(0);
    Status written = turn.admin->UpdateOffset(turn.broker->address, turn.request.group,
                                              TopicOf(turn, *row), row->queue_id, target);
    RecordAnswer(written, turn.broker);
    if (written.ok()) {
      SetMoved(row, target);
      continue;
    }
    if (written.code() != ErrorCode::kRejected) return;
    SetRefused(written, row);
  }
  if (turn.broker->clients_online.value_or(0) > 0 && turn.broker->remark.empty()) {
    turn.broker->remark = std::to_string(*turn.broker->clients_online) +
                          " clients are online and may commit over these offsets";
  }
}

}  // namespace rewindmq::reset
