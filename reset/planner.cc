#include "reset/planner.h"

#include <algorithm>
#include <utility>

#include "common/base/time_format.h"
#include "common/protocol/codes.h"
#include "reset/decide_way.h"
#include "reset/plan_hash.h"
#include "reset/plan_queue.h"

namespace rewindmq::reset {
namespace {

bool AnyCommitted(const Snapshot& snapshot) {
  for (const BrokerSnapshot& broker : snapshot.brokers) {
    for (const QueueSnapshot& queue : broker.queues) {
      if (queue.committed.has_value()) return true;
    }
  }
  return false;
}

// Rows of a broker that could not be read, so that none is forgotten.
void AddUnreadQueues(const Request& request, const BrokerSnapshot& snapshot,
                     const BrokerRow& broker, Table* table) {
  for (int32_t id = 0; id < snapshot.queue_nums; ++id) {
    if (!request.scope.Covers(snapshot.name, id)) continue;
    if (request.target.ByOffsets() &&
        !request.target.offsets.contains({request.topic, snapshot.name, id})) {
      continue;
    }
    QueueRow row;
    row.topic = request.topic;
    row.broker_name = snapshot.name;
    row.queue_id = id;
    row.SetState(QueueState::kFailed, broker.reason, broker.remark);
    table->queues.push_back(std::move(row));
  }
}

void AddBroker(const Request& request, const PlanContext& context, const BrokerSnapshot& snapshot,
               Plan* plan) {
  BrokerRow broker;
  broker.name = snapshot.name;
  broker.address = snapshot.address;
  broker.clients_online = snapshot.members.online;
  broker.broadcasting = context.broadcasting;
  if (snapshot.error.ok()) {
    broker.kind = snapshot.kind;
  } else {
    broker.state = BrokerState::kFailed;
    broker.reason = ReasonFor(snapshot.error);
    broker.remark = snapshot.error.message();
    if (snapshot.error.code() == ErrorCode::kRejected) {
      broker.response_code = snapshot.error.response_code();
    }
    AddUnreadQueues(request, snapshot, broker, &plan->table);
  }
  for (const QueueSnapshot& queue : snapshot.queues) {
    plan->table.queues.push_back(DecideQueue(request, context, snapshot, queue));
  }
  plan->table.brokers.push_back(std::move(broker));
}

void AddMissingBroker(const std::string& name, Table* table) {
  if (table->FindBroker(name) != nullptr) return;
  BrokerRow broker;
  broker.name = name;
  broker.state = BrokerState::kFailed;
  broker.reason = reason::kBrokerUnreachable;
  broker.remark = "the topic's route does not name this broker";
  table->brokers.push_back(std::move(broker));
}

void AddMissingQueue(const QueueName& name, std::optional<int64_t> target, Table* table) {
  auto& rows = table->queues;
  bool known = std::any_of(rows.begin(), rows.end(), [&](const QueueRow& row) {
    return row.topic == name.topic && row.broker_name == name.broker_name &&
           row.queue_id == name.queue_id;
  });
  if (known) return;
  QueueRow row;
  row.topic = name.topic;
  row.broker_name = name.broker_name;
  row.queue_id = name.queue_id;
  row.target_offset = target;
  if (table->FindBroker(name.broker_name) == nullptr) {
    row.SetState(QueueState::kFailed, reason::kQueueNotFound,
                 "the topic's route does not name broker " + name.broker_name);
  } else {
    row.SetState(
        QueueState::kFailed, reason::kQueueNotFound,
        "the broker has no queue " + std::to_string(name.queue_id) + " of topic " + name.topic);
  }
  rows.push_back(std::move(row));
}

// What the request names and the route does not know is a mistake that the user must see.
void AddMissing(const Request& request, Table* table) {
  for (const ScopedQueue& name : request.scope.queues) {
    if (!request.scope.CoversBroker(name.broker_name)) continue;
    AddMissingQueue({request.topic, name.broker_name, name.queue_id}, std::nullopt, table);
  }
  if (request.target.ByOffsets()) {
    for (const auto& [name, offset] : request.target.offsets) {
      if (!request.scope.CoversBroker(name.broker_name)) continue;
      AddMissingQueue(name, offset, table);
    }
  }
  for (const std::string& name : request.scope.broker_names) AddMissingBroker(name, table);
  for (size_t i = 0; i < table->queues.size(); ++i) {
    AddMissingBroker(table->queues[i].broker_name, table);
  }
}

// What asking the broker as it is now would be refused for: better said before than after.
void RefuseBrokers(const Request& request, const Snapshot& snapshot, Table* table) {
  for (const BrokerSnapshot& broker : snapshot.brokers) {
    if (!broker.error.ok()) continue;
    Decision decision = DecideWay(request, *table, broker.name, broker.kind, broker.members);
    if (decision.way != Way::kRefuse) continue;
    RefuseBroker(decision, table->FindBroker(broker.name), table);
  }
}

void FindProblem(const Request& request, const Snapshot& snapshot, Plan* plan) {
  auto& rows = plan->table.queues;
  const bool by_commits = !request.target.ByOffsets() && !snapshot.Broadcasting();
  bool all_uncommitted =
      by_commits && !rows.empty() && std::all_of(rows.begin(), rows.end(), [](auto& row) {
        return row.reason == reason::kNoCommittedOffset || row.state == QueueState::kNotCovered;
      });
  if (request.replay.has_value()) {
    all_uncommitted = !rows.empty() && !snapshot.group_known;
  }
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

// True when the times of the request cannot be meant.
bool FindWrongTime(const Request& request, std::optional<int64_t> now_ms, Plan* plan) {
  if (request.target.kind != TargetKind::kTime) return false;
  auto refuse = [plan](std::string_view why, std::string message) {
    plan->problem = why;
    plan->problem_message = std::move(message);
    return true;
  };
  const int64_t from_ms = request.target.time_ms;
  const std::string from = FormatRfc3339(from_ms, true);
  if (now_ms.has_value() && from_ms > *now_ms) {
    return refuse(reason::kTargetTimeInFuture,
                  "the time " + from + " is later than now, " + FormatRfc3339(*now_ms, true));
  }
  if (!request.replay.has_value()) return false;
  const int64_t until_ms = request.replay->until_ms;
  const std::string until = FormatRfc3339(until_ms, true);
  if (until_ms <= from_ms) {
    return refuse(reason::kUntilBeforeTime,
                  "the end of the interval, " + until + ", is not after its begin, " + from);
  }
  if (now_ms.has_value() && until_ms > *now_ms) {
    return refuse(reason::kTargetTimeInFuture, "the end of the interval, " + until +
                                                   ", is later than now, " +
                                                   FormatRfc3339(*now_ms, true));
  }
  return false;
}

void CheckLimit(const char* what, int64_t planned, const std::optional<int64_t>& limit,
                Plan* plan) {
  if (planned <= limit.value_or(INT64_MAX) || !plan->problem.empty()) return;
  plan->problem = reason::kLimitExceeded;
  plan->problem_message = std::string("the plan ") + what + " " + std::to_string(planned) +
                          " messages, and the limit is " + std::to_string(*limit);
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
    case protocol::kRequestCodeNotSupported:
      return reason::kNotSupportedByBroker;
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

Plan MakePlan(const Request& request, const Snapshot& snapshot, std::optional<int64_t> now_ms) {
  Plan plan;
  const PlanContext context{snapshot.Broadcasting(), AnyCommitted(snapshot)};
  for (const BrokerSnapshot& broker : snapshot.brokers) AddBroker(request, context, broker, &plan);
  AddMissing(request, &plan.table);
  RefuseBrokers(request, snapshot, &plan.table);
  for (const QueueRow& row : plan.table.queues) {
    if (row.state != QueueState::kPlanned) continue;
    ++plan.queues_planned;
    plan.messages_to_replay += ReplayedBy(row);
    plan.messages_to_skip += SkippedBy(row);
  }
  plan.hash = PlanHash(request, plan.table);
  if (FindWrongTime(request, now_ms, &plan)) return plan;
  FindProblem(request, snapshot, &plan);
  CheckLimit("replays", plan.messages_to_replay, request.limits.max_replay_messages, &plan);
  CheckLimit("skips", plan.messages_to_skip, request.limits.max_skip_messages, &plan);
  return plan;
}

}  // namespace rewindmq::reset
