#include "cli/reset_print.h"

#include <algorithm>
#include <functional>

#include "reset/request_json.h"
#include "reset/table_json.h"
#include "reset/table_text.h"

namespace rewindmq::cli {

using reset::QueueRow;
using reset::QueueState;

void PrintPlan(const reset::Request& request, const reset::Plan& plan, std::ostream& out) {
  const bool replay = request.replay.has_value();
  out << reset::PlanText(request, plan.table);
  out << "plan " << plan.hash << ": " << plan.queues_planned << " of " << plan.table.queues.size()
      << (replay ? " queues are replayed, at most " : " queues move, ") << plan.messages_to_replay
      << " messages again";
  if (!replay) out << ", " << plan.messages_to_skip << " skipped";
  out << "\n";
}

void PrintOutcome(const reset::Request& request, const reset::Table& table, std::ostream& out) {
  out << reset::OutcomeText(request, table);
  if (request.replay.has_value()) out << "replay " << request.operation_id << "\n";
}

void PrintPlanJson(const reset::Request& request, const reset::Plan& plan, std::ostream& out) {
  reset::Json json = reset::Json::object();
  json["request"] = reset::RequestToJson(request);
  json["hash"] = plan.hash;
  json["queuesPlanned"] = plan.queues_planned;
  json["messagesToReplay"] = plan.messages_to_replay;
  json["messagesToSkip"] = plan.messages_to_skip;
  if (!plan.problem.empty()) {
    json["reason"] = plan.problem;
    json["message"] = plan.problem_message;
  }
  reset::TableToJson(plan.table, &json);
  out << json.dump(2) << "\n";
}

void PrintOutcomeJson(const reset::Request& request, const reset::Table& table, std::ostream& out) {
  reset::Json json = reset::Json::object();
  json["request"] = reset::RequestToJson(request);
  reset::TableToJson(table, &json);
  out << json.dump(2) << "\n";
}

Status FailuresOf(const reset::Table& table) {
  std::string text;
  auto add = [&text](const std::string& line) { text += "\n  " + line; };
  for (const reset::BrokerRow& broker : table.brokers) {
    const bool rowless = table.QueuesOf(broker.name).empty();
    if (rowless && broker.state == reset::BrokerState::kFailed) {
      add("broker " + broker.name + ": " + broker.reason + ": " + broker.remark);
    }
  }
  for (const QueueRow& row : table.queues) {
    const bool missed = row.state == QueueState::kNotCovered && row.max_offset != row.min_offset;
    const bool failed = row.state == QueueState::kFailed || row.state == QueueState::kUnknown ||
                        row.state == QueueState::kNotAttempted || missed;
    if (!failed) continue;
    add("broker " + row.broker_name + " queue " + std::to_string(row.queue_id) + ": " +
        std::string(Name(row.state)) + " " + row.reason + ": " + row.message);
  }
  const auto& rows = table.queues;
  const bool moves = std::any_of(rows.begin(), rows.end(), std::mem_fn(&QueueRow::IsPlanned));
  for (const QueueRow& row : rows) {
    if (moves || !text.empty() || !row.Withheld()) continue;
    return {ErrorCode::kRejected, row.reason +
                                      ": the direction forbids the only moves that are "
                                      "left; use --direction Any if this is meant"};
  }
  if (text.empty()) return Status::Ok();
  return {ErrorCode::kRejected, "not every queue is where it should be:" + text};
}

}  // namespace rewindmq::cli
