#include "reset/planner.h"

#include <algorithm>
#include <cstdio>

#include "common/protocol/codes.h"

namespace rewindmq::reset {
namespace {

void Set(QueueRow* row, QueueState state, std::string_view why, std::string message = {}) {
  row->state = state;
  row->reason = why;
  row->message = std::move(message);
}

std::string Number(int64_t value) { return std::to_string(value); }

// Readable, committed and reachable: only the direction may still forbid the move.
void DecideMove(const Request& request, int64_t from, int64_t to, QueueRow* row) {
  if (to == from) {
    Set(row, QueueState::kUnchanged, reason::kNothingToDo, "the group is already at the target");
  } else if (to > from && request.direction == Direction::kRewindOnly) {
    Set(row, QueueState::kUnchanged, reason::kForwardSkipNotAllowed,
        "the target would skip " + Number(to - from) + " unread messages");
  } else if (to < from && request.direction == Direction::kSkipOnly) {
    Set(row, QueueState::kUnchanged, reason::kBackwardReplayNotAllowed,
        "the target would replay " + Number(from - to) + " messages");
  } else {
    Set(row, QueueState::kPlanned, {});
  }
}

QueueRow DecideQueue(const Request& request, const std::string& broker_name,
                     const QueueSnapshot& queue) {
  QueueRow row;
  row.topic = request.topic;
  row.broker_name = broker_name;
  row.queue_id = queue.queue_id;
  row.min_offset = queue.min_offset;
  row.max_offset = queue.max_offset;
  row.before_offset = queue.committed;
  row.target_offset =
      std::clamp(queue.target, queue.min_offset, std::max(queue.min_offset, queue.max_offset));
  if (!queue.writable && request.method != Method::kBrokerSide) {
    Set(&row, QueueState::kNotCovered, {},
        "code 222 acts on write queues only; use method BrokerSide for this queue");
  } else if (!queue.committed.has_value() && queue.max_offset == queue.min_offset) {
    Set(&row, QueueState::kUnchanged, reason::kNoCommittedOffset, "the queue has no message");
  } else if (!queue.committed.has_value()) {
    Set(&row, QueueState::kFailed, reason::kNoCommittedOffset,
        "the group never committed an offset for this queue; start a consumer once, then reset");
  } else {
    // Messages before the first are gone: a group that stands there continues at the first.
    DecideMove(request, std::max(*queue.committed, queue.min_offset), *row.target_offset, &row);
  }
  return row;
}

void AddBroker(const Request& request, const BrokerSnapshot& snapshot, Plan* plan) {
  BrokerRow broker;
  broker.name = snapshot.name;
  broker.address = snapshot.address;
  broker.clients_online = snapshot.clients_online;
  if (!snapshot.error.ok()) {
    broker.state = BrokerState::kFailed;
    broker.reason = ReasonFor(snapshot.error);
    broker.remark = snapshot.error.message();
    if (snapshot.error.code() == ErrorCode::kRejected) {
      broker.response_code = snapshot.error.response_code();
    }
    for (int32_t id = 0; id < snapshot.queue_nums; ++id) {
      if (!request.scope.Covers(snapshot.name, id)) continue;
      QueueRow row;
      row.topic = request.topic;
      row.broker_name = snapshot.name;
      row.queue_id = id;
      Set(&row, QueueState::kFailed, broker.reason, broker.remark);
      plan->table.queues.push_back(std::move(row));
    }
  }
  for (const QueueSnapshot& queue : snapshot.queues) {
    plan->table.queues.push_back(DecideQueue(request, snapshot.name, queue));
  }
  plan->table.brokers.push_back(std::move(broker));
}

// What the scope names and the route does not know is a mistake that the user must see.
void AddMissing(const Request& request, Plan* plan) {
  for (const std::string& name : request.scope.broker_names) {
    if (plan->table.FindBroker(name) != nullptr) continue;
    BrokerRow broker;
    broker.name = name;
    broker.state = BrokerState::kFailed;
    broker.reason = reason::kBrokerUnreachable;
    broker.remark = "the topic's route does not name this broker";
    plan->table.brokers.push_back(std::move(broker));
  }
  for (const ScopedQueue& name : request.scope.queues) {
    if (!request.scope.CoversBroker(name.broker_name)) continue;
    auto& rows = plan->table.queues;
    bool known = std::any_of(rows.begin(), rows.end(), [&](const QueueRow& row) {
      return row.broker_name == name.broker_name && row.queue_id == name.queue_id;
    });
    if (known) continue;
    QueueRow row;
    row.topic = request.topic;
    row.broker_name = name.broker_name;
    row.queue_id = name.queue_id;
    Set(&row, QueueState::kFailed, reason::kTopicNotFound,
        "the topic's route does not name this queue");
    rows.push_back(std::move(row));
  }
}

std::string HashOf(const Request& request, const Table& table) {
  uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
  auto feed = [&hash](std::string_view text) {
    for (char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3U;
    hash = (hash ^ 0xFFU) * 0x100000001b3U;
  };
  feed(request.topic);
  feed(request.group);
  feed(Number(request.target.WireTimestampMs()));
  feed(Number(static_cast<int64_t>(request.direction)));
  feed(Number(static_cast<int64_t>(request.method)));
  for (const QueueRow& row : table.queues) {
    feed(row.broker_name);
    feed(Number(row.queue_id));
    feed(Name(row.state));
    feed(Number(row.target_offset.value_or(-1)));
  }
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
  return text;
}

void FindProblem(const Request& request, const Snapshot& snapshot, Plan* plan) {
  auto& rows = plan->table.queues;
  bool all_uncommitted = !rows.empty() && std::all_of(rows.begin(), rows.end(), [](auto& row) {
    return row.reason == reason::kNoCommittedOffset || row.state == QueueState::kNotCovered;
  });
  if (plan->table.brokers.empty()) {
    plan->problem = reason::kTopicNotFound;
    plan->problem_message = "no broker serves topic " + request.topic;
  } else if (all_uncommitted && !snapshot.group_known) {
    plan->problem = reason::kConsumerGroupNotFound;
    plan->problem_message = "consumer group " + request.group +
                            " is not known: it has neither an offset of topic " + request.topic +
                            " nor a retry topic";
  } else if (all_uncommitted) {
    plan->problem = reason::kNoCommittedOffset;
    plan->problem_message = "consumer group " + request.group +
                            " never committed an offset for a queue of topic " + request.topic +
                            ": there is nothing to move; start a consumer once, then reset";
  }
}

}  // namespace

std::string_view ReasonFor(const Status& broker_error) {
  switch (broker_error.response_code()) {
    case protocol::kTopicNotExist:
      return reason::kTopicNotFound;
    case protocol::kSubscriptionGroupNotExist:
      return reason::kConsumerGroupNotFound;
    case protocol::kConsumerNotOnline:
      return reason::kConsumerNotOnline;
    case protocol::kNoPermission:
      return reason::kPermissionDenied;
    case protocol::kSystemError:
      // Java has one code for many things here; its words tell them apart.
      if (broker_error.message().find("client does not support") != std::string::npos) {
        return reason::kClientVersionTooOld;
      }
      if (broker_error.message().find("THe consumer group") != std::string::npos) {
        return reason::kNoCommittedOffset;
      }
      return reason::kBrokerRejected;
    default:
      return IsSilence(broker_error) ? reason::kBrokerUnreachable : reason::kBrokerRejected;
  }
}

Plan MakePlan(const Request& request, const Snapshot& snapshot) {
  Plan plan;
  for (const BrokerSnapshot& broker : snapshot.brokers) AddBroker(request, broker, &plan);
  AddMissing(request, &plan);
  for (QueueRow& row : plan.table.queues) {
    if (row.state != QueueState::kPlanned) continue;
    ++plan.queues_planned;
    // Only messages that are there can be replayed or skipped.
    int64_t from = std::clamp(*row.before_offset, *row.min_offset, *row.max_offset);
    plan.messages_to_replay += std::max<int64_t>(0, from - *row.target_offset);
    plan.messages_to_skip += std::max<int64_t>(0, *row.target_offset - from);
  }
  plan.hash = HashOf(request, plan.table);
  FindProblem(request, snapshot, &plan);
  return plan;
}

}  // namespace rewindmq::reset
