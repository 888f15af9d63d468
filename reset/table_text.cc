#include "reset/table_text.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "reset/plan_queue.h"

namespace rewindmq::reset {
namespace {

using Cells = std::vector<std::string>;

std::string Number(const std::optional<int64_t>& value) {
  return value.has_value() ? std::to_string(*value) : "-";
}

void AppendAligned(const std::vector<Cells>& lines, std::string* text) {
  std::vector<size_t> widths(lines.front().size(), 0);
  for (const Cells& line : lines) {
    for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  for (const Cells& line : lines) {
    for (size_t i = 0; i < line.size(); ++i) {
      text->append(i == 0 ? "" : "  ").append(line[i]);
      if (i + 1 < line.size()) text->append(widths[i] - line[i].size(), ' ');
    }
    *text += '\n';
  }
}

bool HasOtherTopics(const Request& request, const Table& table) {
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

void AppendMessages(const Table& table, std::string* text) {
  for (const BrokerRow& broker : table.brokers) {
    if (!broker.remark.empty()) *text += broker.name + ": " + broker.remark + "\n";
  }
  for (const QueueRow& row : table.queues) {
    if (row.message.empty()) continue;
    *text += row.broker_name + " queue " + std::to_string(row.queue_id) + ": " + row.message + "\n";
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
  add(std::to_string(row.IsPlanned() ? ReplayedBy(row) : 0));
  if (!replay) add(std::to_string(row.IsPlanned() ? SkippedBy(row) : 0));
  add(std::string(Name(row.state)));
  add(row.reason);
  return cells;
}

Cells OutcomeCells(const QueueRow& row, bool replay, bool topics) {
  Cells cells = StartOf(row, topics);
  auto add = [&cells](std::string text) { cells.push_back(std::move(text)); };
  if (replay) {
    const ReplayProgress progress = row.replay.value_or(ReplayProgress{});
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

std::string Rows(const Request& request, const Table& table, const Cells& more,
                 Cells (*cells)(const QueueRow&, bool, bool)) {
  const bool topics = HasOtherTopics(request, table);
  std::vector<Cells> lines = {HeadOf(topics)};
  Append(&lines.front(), more);
  for (const QueueRow& row : table.queues) {
    lines.push_back(cells(row, request.replay.has_value(), topics));
  }
  std::string text;
  AppendAligned(lines, &text);
  AppendMessages(table, &text);
  return text;
}

// Texts from outside may hold whatever ends a field, or makes a spreadsheet take it for a formula.
std::string CsvText(std::string_view value) {
  constexpr std::string_view kFormulaStarts = "=+-@\t\r";
  std::string text(value);
  if (!text.empty() && kFormulaStarts.find(text.front()) != std::string_view::npos) {
    text.insert(0, 1, '\'');
  }
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  for (size_t at = 0; (at = text.find('"', at)) != std::string::npos; at += 2) {
    text.insert(at, 1, '"');
  }
  return '"' + text + '"';
}

std::string CsvNumber(const std::optional<int64_t>& value) {
  return value.has_value() ? std::to_string(*value) : "";
}

void AppendCsv(const Cells& cells, std::string* text) {
  for (size_t i = 0; i < cells.size(); ++i) text->append(i == 0 ? "" : ",").append(cells[i]);
  *text += "\r\n";
}

Cells CsvCells(const QueueRow& row) {
  Cells cells = {CsvText(row.topic), CsvText(row.broker_name), std::to_string(row.queue_id)};
  for (const auto& value : {row.min_offset, row.max_offset, row.before_offset, row.target_offset,
                            row.reported_offset, row.after_offset}) {
    cells.push_back(CsvNumber(value));
  }
  for (int64_t ReplayProgress::*counter :
       {&ReplayProgress::begin_offset, &ReplayProgress::end_offset, &ReplayProgress::next_offset,
        &ReplayProgress::delivered, &ReplayProgress::filtered, &ReplayProgress::missing,
        &ReplayProgress::repeated}) {
    cells.push_back(row.replay.has_value() ? std::to_string((*row.replay).*counter) : "");
  }
  for (std::string_view value :
       {Name(row.state), std::string_view(row.reason), std::string_view(row.message)}) {
    cells.push_back(CsvText(value));
  }
  return cells;
}

}  // namespace

std::string PlanText(const Request& request, const Table& table) {
  const Cells more = request.replay.has_value()
                         ? Cells{"BEGIN", "END", "REPLAY", "STATE", "REASON"}
                         : Cells{"TARGET", "REPLAY", "SKIP", "STATE", "REASON"};
  return Rows(request, table, more, PlanCells);
}

std::string OutcomeText(const Request& request, const Table& table) {
  const Cells more =
      request.replay.has_value()
          ? Cells{"BEGIN", "END", "NEXT", "DELIVERED", "FILTERED", "MISSING", "STATE", "REASON"}
          : Cells{"TARGET", "REPORTED", "AFTER", "STATE", "REASON"};
  return Rows(request, table, more, OutcomeCells);
}

std::string TableCsv(const Table& table) {
  std::string text;
  AppendCsv(
      {"topic", "broker", "queue", "min", "max", "before", "target", "reported", "after", "begin",
       "end", "next", "delivered", "filtered", "missing", "repeated", "state", "reason", "message"},
      &text);
  for (const QueueRow& row : table.queues) AppendCsv(CsvCells(row), &text);
  return text;
}

}  // namespace rewindmq::reset
