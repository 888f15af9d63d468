#include "reset/apply.h"

#include <algorithm>

#include "common/protocol/codes.h"
#include "reset/planner.h"
#include "reset/snapshot.h"
#include "reset/verify.h"

namespace rewindmq::reset {
namespace {

constexpr std::string_view kNotifyClientsName = "NotifyClients";
constexpr std::string_view kBrokerSideName = "BrokerSide";
// From here on a broker may reset on its own side, where it does not heed isForce. (Ours claims an
// earlier version, and heeds it always.)
constexpr int32_t kVersion5_1_0 = 433;

// One broker's turn: what its steps share.
struct Turn {
  client::AdminApi* admin;
  const Request& request;
  Table* table;
  BrokerRow* broker;
};

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

// Rows of queues that the answer names. Some may not have been planned (no committed offset, above
// the write queues): the broker has moved them all the same, and the table must say so.
void TakeAnswer(const Turn& turn, const client::QueueOffsets& offsets) {
  for (QueueRow* row : turn.table->QueuesOf(turn.broker->name)) {
    auto found = offsets.find({turn.request.topic, row->broker_name, row->queue_id});
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

// False when the broker's word on this queue or broker is missing, so that asking on is no use.
bool AskWholeBroker(const Turn& turn, bool force) {
  turn.broker->method = kNotifyClientsName;
  client::ResetRequest reset = MakeReset(turn);
  reset.force = force;
  Result<client::QueueOffsets> answer = turn.admin->ResetOffset(turn.broker->address, reset);
  RecordAnswer(answer.status(), turn.broker);
  if (answer.ok()) {
    TakeAnswer(turn, *answer);
    MoveQueues(turn.table, turn.broker->name, QueueState::kApplying, QueueState::kFailed,
               reason::kBrokerRejected, "the broker's answer does not name this queue");
    return true;
  }
  if (answer.status().code() != ErrorCode::kRejected) return false;
  if (answer.status().response_code() == protocol::kConsumerNotOnline &&
      turn.request.method == Method::kAuto) {
    return true;  // the rows stay Applying, for the fall-back
  }
  turn.broker->reason = ReasonFor(answer.status());
  MoveQueues(turn.table, turn.broker->name, QueueState::kApplying, QueueState::kFailed,
             turn.broker->reason, "the broker answered: " + answer.status().message());
  return true;
}

// A broker that resets through its clients ignores the queue and resets all by time; force=false
// then keeps those that may not go forward. Its answer names more than we asked for: we are done.
void AskQueueByQueue(const Turn& turn) {
  turn.broker->method = kNotifyClientsName;
  for (QueueRow* row : turn.table->QueuesOf(turn.broker->name)) {
    if (row->state != QueueState::kApplying) continue;
    client::ResetRequest reset = MakeReset(turn);
    reset.force = false;
    reset.queue_id = row->queue_id;
    reset.offset = row->target_offset.value_or(-1);
    Result<client::QueueOffsets> answer = turn.admin->ResetOffset(turn.broker->address, reset);
    RecordAnswer(answer.status(), turn.broker);
    if (answer.ok()) {
      TakeAnswer(turn, *answer);
      if (row->state != QueueState::kApplied) {
        row->state = QueueState::kFailed;
        row->reason = reason::kBrokerRejected;
        row->message = "the broker's answer does not name this queue";
      }
      continue;
    }
    if (answer.status().code() != ErrorCode::kRejected) return;
    row->state = QueueState::kFailed;
    row->reason = ReasonFor(answer.status());
    row->message = "the broker answered: " + answer.status().message();
  }
}

void WriteOffsets(const Turn& turn) {
  turn.broker->method = kBrokerSideName;
  for (QueueRow* row : turn.table->QueuesOf(turn.broker->name)) {
    if (row->state != QueueState::kApplying) continue;
    Status written =
        turn.admin->UpdateOffset(turn.broker->address, turn.request.group, turn.request.topic,
                                 row->queue_id, row->target_offset.value_or(0));
    RecordAnswer(written, turn.broker);
    if (written.ok()) {
      SetMoved(row, row->target_offset.value_or(0));
      continue;
    }
    if (written.code() != ErrorCode::kRejected) return;
    row->state = QueueState::kFailed;
    row->reason = ReasonFor(written);
    row->message = "the broker answered: " + written.message();
  }
  if (turn.broker->clients_online.value_or(0) > 0 && turn.broker->remark.empty()) {
    turn.broker->remark = std::to_string(*turn.broker->clients_online) +
                          " clients are online and may commit over these offsets";
  }
}

void Conclude(const Turn& turn) {
  bool waiting = false;
  const QueueRow* failed = nullptr;
  for (const QueueRow* row : turn.table->QueuesOf(turn.broker->name)) {
    waiting = waiting || row->state == QueueState::kApplying;
    if (row->state == QueueState::kFailed) failed = row;
  }
  if (waiting) return;  // no answer: Applying stands until recover.h has looked
  turn.broker->state = failed == nullptr ? BrokerState::kApplied : BrokerState::kFailed;
  if (failed != nullptr && turn.broker->reason.empty()) turn.broker->reason = failed->reason;
  if (failed == nullptr && turn.broker->clients_online == 0) {
    turn.broker->reason = reason::kConsumerNotOnline;
    // Nobody was there to be notified: the offsets moved on the broker.
    turn.broker->method = kBrokerSideName;
    if (turn.broker->remark.empty()) {
      turn.broker->remark = "no consumer is online: the offsets were moved on the broker";
    }
  }
}

bool Act(const Turn& turn, Way way) {
  bool fell_back = false;
  if (way == Way::kWholeBroker || way == Way::kRewindOnly) {
    bool answered = AskWholeBroker(turn, way == Way::kWholeBroker);
    fell_back = answered && turn.broker->response_code == protocol::kConsumerNotOnline &&
                turn.request.method == Method::kAuto;
  }
  if (fell_back) turn.broker->clients_online = 0;
  if (way == Way::kQueueByQueue) AskQueueByQueue(turn);
  if (way == Way::kWriteOffsets || fell_back) WriteOffsets(turn);
  Conclude(turn);
  // Now, because a live group may be past its old place a moment later. Its failure changes
  // nothing: verifying reads again.
  if (turn.broker->state == BrokerState::kApplied) {
    Status ignored = Observe(turn.admin, turn.request, *turn.broker, turn.table);
    static_cast<void>(ignored);
  }
  return fell_back;
}

}  // namespace

Decision DecideWay(const Request& request, Table* table, const BrokerRow& broker,
                   int32_t broker_version) {
  bool planned = false;
  bool withheld = false;
  for (const QueueRow* row : table->QueuesOf(broker.name)) {
    planned = planned || row->state == QueueState::kPlanned;
    withheld = withheld || row->Withheld();
  }
  if (!planned) return {Way::kNothing, std::string(reason::kNothingToDo), {}};
  if (request.method == Method::kBrokerSide) return {Way::kWriteOffsets, {}, {}};
  const bool offline = broker.clients_online == 0;
  if (offline && request.method == Method::kNotifyClients) {
    return {Way::kRefuse, std::string(reason::kConsumerNotOnline),
            "no consumer of the group is online, so nobody can be notified; start one, or use "
            "method Auto or BrokerSide"};
  }
  if (!withheld) return {Way::kWholeBroker, {}, {}};
  if (offline) return {Way::kWriteOffsets, {}, {}};
  if (request.direction == Direction::kRewindOnly) {
    const bool heeds_force = broker_version > 0 && broker_version < kVersion5_1_0;
    return {heeds_force ? Way::kRewindOnly : Way::kQueueByQueue, {}, {}};
  }
  return {Way::kRefuse, std::string(reason::kBackwardReplayNotAllowed),
          "asking this broker would replay queues that may only go forward; stop the consumers, or "
          "use direction Any"};
}

ApplyResult ApplyToBroker(client::AdminApi* admin, const Request& request,
                          const std::string& broker_name, int64_t now_ms, const IntentHook& intent,
                          Table* table) {
  BrokerRow* broker = table->FindBroker(broker_name);
  if (DecideWay(request, table, *broker, 0).way == Way::kNothing) {
    broker->state = BrokerState::kSkipped;
    broker->reason = reason::kNothingToDo;
    return {};
  }
  Result<std::optional<int32_t>> clients = CountClients(admin, broker->address, request.group);
  if (!clients.ok()) return {ApplyOutcome::kUnreachable, clients.status(), false};
  broker->clients_online = *clients;
  Decision decision = DecideWay(request, table, *broker, admin->BrokerVersion(broker->address));
  if (decision.way == Way::kRefuse) {
    broker->state = BrokerState::kFailed;
    broker->reason = decision.reason;
    broker->remark = decision.message;
    MoveQueues(table, broker_name, QueueState::kPlanned, QueueState::kFailed, decision.reason,
               decision.message);
    return {};
  }
  const Table before = *table;
  broker->state = BrokerState::kApplying;
  broker->method = decision.way == Way::kWriteOffsets ? kBrokerSideName : kNotifyClientsName;
  ++broker->attempts;
  broker->attempt_time_ms = now_ms;
  MoveQueues(table, broker_name, QueueState::kPlanned, QueueState::kApplying, {}, {});
  if (Status recorded = intent ? intent(*broker) : Status::Ok(); !recorded.ok()) {
    *table = before;
    return {ApplyOutcome::kNotRecorded, recorded, false};
  }
  return {ApplyOutcome::kSettled, Status::Ok(),
          Act(Turn{admin, request, table, broker}, decision.way)};
}

void FailBroker(const Status& error, BrokerRow* broker, Table* table) {
  broker->state = BrokerState::kFailed;
  broker->reason = ReasonFor(error);
  broker->remark = error.message();
  MoveQueues(table, broker->name, QueueState::kPlanned, QueueState::kFailed, broker->reason,
             error.message());
}

}  // namespace rewindmq::reset
