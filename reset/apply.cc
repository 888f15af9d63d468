#include "reset/apply.h"

#include "reset/ask_broker.h"
#include "reset/planner.h"
#include "reset/verify.h"

namespace rewindmq::reset {
namespace {

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
  if (failed != nullptr || turn.broker->clients_online != 0 || turn.request.replay) return;
  turn.broker->reason = reason::kConsumerNotOnline;
  // Nobody was there to be notified: the offsets moved on the broker.
  turn.broker->method = kBrokerSideName;
  if (turn.broker->remark.empty()) {
    turn.broker->remark = "no consumer is online: the offsets were moved on the broker";
  }
}

// True when nobody was online and the offsets were written instead.
bool Ask(const Turn& turn, Way way) {
  switch (way) {
    case Way::kExactly:
      AskExactly(turn);
      return false;
    case Way::kStartReplay:
      AskForReplay(turn);
      return false;
    case Way::kQueueByQueue:
      AskQueueByQueue(turn);
      return false;
    case Way::kWriteOffsets:
      WriteOffsets(turn);
      return false;
    default:
      break;
  }
  if (AskWholeBroker(turn, way == Way::kWholeBroker)) return false;
  turn.broker->clients_online = 0;
  WriteOffsets(turn);
  return true;
}

bool Act(const Turn& turn, Way way) {
  const bool fell_back = Ask(turn, way);
  Conclude(turn);
  // Now, because a live group may be past its old place a moment later. Its failure changes
  // nothing: verifying reads again.
  if (turn.broker->state == BrokerState::kApplied) {
    Status ignored = Observe(turn.admin, turn.request, *turn.broker, turn.table);
    static_cast<void>(ignored);
  }
  return fell_back;
}

std::string_view MethodOf(Way way) {
  if (way == Way::kStartReplay) return kReplayName;
  return way == Way::kWriteOffsets ? kBrokerSideName : kNotifyClientsName;
}

}  // namespace

ApplyResult ApplyToBroker(client::AdminApi* admin, const Request& request,
                          const std::string& broker_name, int64_t now_ms, const IntentHook& intent,
                          Table* table) {
  BrokerRow* broker = table->FindBroker(broker_name);
  // Without a single planned row there is nobody to look for.
  if (DecideWay(request, *table, broker_name, BrokerKind::kUnknown, {}).way == Way::kNothing) {
    broker->state = BrokerState::kSkipped;
    broker->reason = reason::kNothingToDo;
    return {};
  }
  Result<Members> members = ReadMembers(admin, broker->address, request.group);
  if (!members.ok()) return {ApplyOutcome::kUnreachable, members.status(), false};
  Result<BrokerKind> kind = ReadKind(admin, broker->address);
  if (!kind.ok()) return {ApplyOutcome::kUnreachable, kind.status(), false};
  broker->clients_online = members->online;
  broker->broadcasting = broker->broadcasting || members->broadcasting;
  broker->kind = *kind;
  Decision decision = DecideWay(request, *table, broker_name, *kind, *members);
  if (decision.way == Way::kRefuse) {
    RefuseBroker(decision, broker, table);
    return {};
  }
  const Table before = *table;
  broker->state = BrokerState::kApplying;
  broker->method = MethodOf(decision.way);
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
