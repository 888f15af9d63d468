#include "cli/reset_print.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "reset/plan_queue.h"
#include "reset/request_json.h"
#include "reset/table_json.h"

namespace rewindmq::cli {
namespace {

using reset::QueueRow;
using reset::QueueState;
using Cells = std::vector<std::string>;

std::string Number(const std::optional<int64_t>& value) {
  return value.has_value() ? std::to_string(*value) : "-";
}

void PrintAligned(const std::vector<Cells>& lines, std::ostream& out) {
  std::vector<size_t> widths(lines.front().size(), 0);
  for (const Cells& line : lines) {
    for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  for (const Cells& line : lines) {
    for (size_t i = 0; i < line.size(); ++i) {
      out << (i == 0 ? "" : "  ") << line[i];
      if (i + 1 < line.size()) out << std::string(widths[i] - line[i].size(), ' ');
    }
    out << "\n";
  }
}

bool IsPlanned(const QueueRow& row) {
  return row.state != QueueState::kUnchanged && row.state != QueueState::kNotCovered &&
         row.state != QueueState::kFailed;
}

bool HasOtherTopics(const reset::Request& request, const reset::Table& table) {
  return std::any_of(table.queues.begin(), table.queues.end(),
                     [&](const QueueRow& row) { return row.topic != request.topic; });
}

Cells HeadOf(bool topics) {
  Cells head = {"BROKER", "QUEUE", "MIN", "MAX", "BEFORE"};
  if (topics) head.insert(head.begin(), "TOPIC");
  return head;
}

Cells StartOf(const QueueRow& row, bool topics) {
  Cells cells = {row.broker_name, std::to_string(row.queue_id), Number(row.min_offset),
                 Number(row.max_offset), Number(row.before_offset)};
  if (topics) cells.insert(cells.begin(), row.topic);
  return cells;
}

void PrintMessages(const reset::Table& table, std::ostream& out) {
  for (const reset::BrokerRow& broker : table.brokers) {
    if (!broker.remark.empty()) out << broker.name << ": " << broker.remark << "\n";
  }
  for (const QueueRow& row : table.queues) {
    if (row.message.empty()) continue;
    out << row.broker_name << " queue " << row.queue_id << ": " << row.message << "\n";
  }
}

Cells PlanCells(const QueueRow& row, bool replay, bool topics) {
  Cells cells = StartOf(row, topics);
  auto add = [&cells](std::string text) { cells.push_back(std::move(text)); };
  if (replay) {
    add(row.replay ? Number(row.replay->begin_offset) : "-");
    add(row.replay ? Number(row.replay->end_offset) : "-");
  } else {
    add(Number(row.target_offset));
  }
  add(std::to_string(IsPlanned(row) ? reset::ReplayedBy(row) : 0));
  if (!replay) add(std::to_string(IsPlanned(row) ? reset::SkippedBy(row) : 0));
  add(std::string(Name(row.state)));
  add(row.reason);
  return cells;
}

Cells OutcomeCells(const QueueRow& row, bool replay, bool topics) {
  Cells cells = StartOf(row, topics);
  auto add = [&cells](std::string text) { cells.push_back(std::move(text)); };
  if (replay) {
    const reset::ReplayProgress progress = row.replay.value_or(reset::ReplayProgress{});
    for (int64_t value : {progress.begin_offset, progress.end_offset, progress.next_offset,
                          progress.delivered, progress.filtered, progress.missing}) {
      add(std::to_string(value));
    }
  } else {
    add(Number(row.target_offset));
    add(Number(row.reported_offset));
    add(Number(row.after_offset));
  }
  add(std::string(Name(row.state)));
  add(row.reason);
  return cells;
}

void Append(Cells* head, const Cells& more) { head->insert(head->end(), more.begin(), more.end()); }

}  // namespace

void PrintPlan(const reset::Request& request, const reset::Plan& plan, std::ostream& out) {
  const bool replay = request.replay.has_value();
  const bool topics = HasOtherTopics(request, plan.table);
  Cells head = HeadOf(topics);
  Append(&head, replay ? Cells{"BEGIN", "END", "REPLAY", "STATE", "REASON"}
                       : Cells{"TARGET", "REPLAY", "SKIP", "STATE", "REASON"});
  std::vector<Cells> lines = {head};
  for (const QueueRow& row : plan.table.queues) lines.push_back(PlanCells(row, replay, topics));
  PrintAligned(lines, out);
  PrintMessages(plan.table, out);
  out << "plan " << plan.hash << ": " << plan.queues_planned << " of " << plan.table.queues.size()
      << (replay ? " queues are replayed, at most " : " queues move, ") << plan.messages_to_replay
      << " messages again";
  if (!replay) out << ", " << plan.messages_to_skip << " skipped";
  out << "\n";
}

void PrintOutcome(const reset::Request& request, const reset::Table& table, std::ostream& out) {
  const bool replay = request.replay.has_value();
  const bool topics = HasOtherTopics(request, table);
  Cells head = HeadOf(topics);
  Append(&head, replay ? Cells{"BEGIN", "END", "NEXT", "DELIVERED", "FILTERED", "MISSING", "STATE",
                               "REASON"}
                       : Cells{"TARGET", "REPORTED", "AFTER", "STATE", "REASON"});
  std::vector<Cells> lines = {head};
  for (const QueueRow& row : table.queues) lines.push_back(OutcomeCells(row, replay, topics));
  PrintAligned(lines, out);
  PrintMessages(table, out);
  if (replay) out << "replay " << request.operation_id << "\n";
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
  const bool moves = std::any_of(rows.begin(), rows.end(), IsPlanned);
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
