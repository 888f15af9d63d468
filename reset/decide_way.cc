#include "reset/decide_way.h"

#include <algorithm>

namespace rewindmq::reset {
namespace {

Decision Refuse(std::string_view why, std::string_view message) {
  return {Way::kRefuse, std::string(why), std::string(message)};
}

// What of a broker's rows the choice needs.
struct Rows {
  bool planned = false;
  bool withheld = false;         // must stay where they are
  bool never_committed = false;  // among those that code 222 acts on
  bool retry = false;
};

Rows LookAt(const Request& request, const Table& table, const std::string& broker_name) {
  Rows rows;
  for (const QueueRow* row : table.QueuesOf(broker_name)) {
    const bool is_planned = row->state == QueueState::kPlanned;
    const bool is_retry = !row->topic.empty() && row->topic != request.topic;
    rows.planned = rows.planned || is_planned;
    rows.withheld = rows.withheld || (!is_retry && row->Withheld());
    rows.retry = rows.retry || (is_planned && is_retry);
    rows.never_committed = rows.never_committed || row->reason == reason::kNoCommittedOffset;
  }
  return rows;
}

// A broker of Apache's that resets through its clients, or may, and somebody is or may be online.
Decision DecideNotice(const Request& request, const Rows& rows, BrokerKind kind,
                      const Members& members) {
  auto refuse = [kind](Feature feature, std::string_view why) {
    return Refuse(why, CapabilityOf(kind, feature).words);
  };
  auto lacks = [kind](Feature feature) { return !CapabilityOf(kind, feature).can; };
  if (request.target.ByOffsets() && lacks(Feature::kExactOnline)) {
    return refuse(Feature::kExactOnline, reason::kNotSupportedByBroker);
  }
  if (!request.scope.queues.empty() && lacks(Feature::kSomeQueues)) {
    return refuse(Feature::kSomeQueues, reason::kNotSupportedByBroker);
  }
  if (rows.retry && lacks(Feature::kRetryTopic)) {
    return refuse(Feature::kRetryTopic, reason::kNotSupportedByBroker);
  }
  if (members.pulling && lacks(Feature::kPullConsumers)) {
    return refuse(Feature::kPullConsumers, reason::kNotSupportedByBroker);
  }
  if (members.any_cpp && lacks(Feature::kCppConsumers)) {
    return refuse(Feature::kCppConsumers, reason::kNotSupportedByBroker);
  }
  if (members.any_too_old) {
    return Refuse(reason::kClientVersionTooOld,
                  "a client older than 3.0.7 is online; this broker would tell some members and "
                  "then give up; stop it, then reset");
  }
  if (rows.never_committed && lacks(Feature::kNeverCommitted)) {
    return refuse(Feature::kNeverCommitted, reason::kNoCommittedOffset);
  }
  if (request.direction == Direction::kRewindOnly) {
    // Also when no queue has to stay: the group reads on between plan and act.
    const bool by_queue = rows.withheld && kind == BrokerKind::kUnknown;
    return {by_queue ? Way::kQueueByQueue : Way::kRewindOnly, {}, {}};
  }
  if (rows.withheld && lacks(Feature::kSkipOnly)) {
    return refuse(Feature::kSkipOnly, reason::kBackwardReplayNotAllowed);
  }
  return {Way::kWholeBroker, {}, {}};
}

Decision DecideApache(const Request& request, const Rows& rows, BrokerKind kind,
                      const Members& members) {
  if (request.method == Method::kBrokerSide) return {Way::kWriteOffsets, {}, {}};
  if (kind == BrokerKind::kServerSide) return {Way::kQueueByQueue, {}, {}};
  if (!members.Offline()) return DecideNotice(request, rows, kind, members);
  // Asking by time lets somebody who comes just now be told; what is not all of a broker's queues
  // by time can only be written.
  const bool simple = !request.target.ByOffsets() && request.scope.queues.empty() && !rows.retry &&
                      !rows.withheld && !rows.never_committed;
  return {simple ? Way::kWholeBroker : Way::kWriteOffsets, {}, {}};
}

}  // namespace

Decision DecideWay(const Request& request, const Table& table, const std::string& broker_name,
                   BrokerKind kind, const Members& members) {
  const Rows rows = LookAt(request, table, broker_name);
  if (!rows.planned) return {Way::kNothing, std::string(reason::kNothingToDo), {}};
  if (request.replay.has_value()) {
    Capability replay = CapabilityOf(kind, Feature::kReplay);
    return replay.can ? Decision{Way::kStartReplay, {}, {}}
                      : Refuse(reason::kNotSupportedByBroker, replay.words);
  }
  const auto& brokers = table.brokers;
  const bool broadcasting =
      members.broadcasting || std::any_of(brokers.begin(), brokers.end(), [&](const auto& broker) {
        return broker.name == broker_name && broker.broadcasting;
      });
  if (broadcasting && members.Offline()) {
    return Refuse(reason::kBroadcastingOffline,
                  "the members of this broadcasting group keep their offsets themselves, and none "
                  "is connected to this broker; start them, then reset");
  }
  if (broadcasting && !CapabilityOf(kind, Feature::kBroadcasting).can) {
    return Refuse(reason::kNotSupportedByBroker, CapabilityOf(kind, Feature::kBroadcasting).words);
  }
  if (members.Offline() && request.method == Method::kNotifyClients) {
    return Refuse(reason::kConsumerNotOnline,
                  "no consumer of the group is online, so nobody can be notified; start one, or "
                  "use method Auto or BrokerSide");
  }
  if (kind == BrokerKind::kRewindMq) return {Way::kExactly, {}, {}};
  return DecideApache(request, rows, kind, members);
}

void RefuseBroker(const Decision& decision, BrokerRow* broker, Table* table) {
  broker->state = BrokerState::kFailed;
  broker->reason = decision.reason;
  broker->remark = decision.message;
  MoveQueues(table, broker->name, QueueState::kPlanned, QueueState::kFailed, decision.reason,
             decision.message);
}

}  // namespace rewindmq::reset
