#include "cli/reset_offset_by_time.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "client/remote_admin.h"
#include "common/base/clock.h"
#include "common/base/parse.h"
#include "common/base/time_format.h"
#include "common/remoting/client.h"
#include "reset/apply.h"
#include "reset/planner.h"
#include "reset/recover.h"
#include "reset/snapshot.h"

namespace rewindmq::cli {
namespace {

constexpr int32_t kRequestTimeoutMs = 10'000;
// mqadmin cuts broker names here (UtilAll.frontStringAtLeast).
constexpr size_t kShownNameBytes = 32;

std::string Cell(std::string text, size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

void PrintLine(const std::vector<std::string>& cells, size_t width, std::ostream& out) {
  for (size_t i = 0; i < cells.size(); ++i) out << (i == 0 ? "" : "  ") << Cell(cells[i], width);
  out << "\n";
}

bool IsStill(const reset::QueueRow& row) { return row.state == reset::QueueState::kUnchanged; }

// Where the group is now by what is known, or nothing for a queue that was not reached.
std::optional<int64_t> ShownOffset(const reset::QueueRow& row) {
  if (row.Withheld()) return row.before_offset;
  const bool known = IsStill(row) || row.state == reset::QueueState::kApplied;
  return known ? row.Expected() : std::nullopt;
}

std::string Name(const reset::QueueRow& row) { return row.broker_name.substr(0, kShownNameBytes); }
std::string Number(const std::optional<int64_t>& value) {
  return std::to_string(value.value_or(0));
}

// The queues and brokers that did not get where they should.
Status Failures(const reset::Table& table) {
  std::string text;
  auto add = [&text](const std::string& line) { text += (text.empty() ? "" : "\n  ") + line; };
  for (const reset::BrokerRow& broker : table.brokers) {
    if (broker.state == reset::BrokerState::kFailed ||
        broker.state == reset::BrokerState::kUnknown) {
      add("broker " + broker.name + ": " + broker.reason + ": " + broker.remark);
    }
  }
  for (const reset::QueueRow& row : table.queues) {
    if (IsStill(row) || row.state == reset::QueueState::kApplied) continue;
    add("broker " + row.broker_name + " queue " + std::to_string(row.queue_id) + ": " +
        std::string(reset::Name(row.state)) + " " + row.reason + ": " + row.message);
  }
  if (text.empty()) return Status::Ok();
  return {ErrorCode::kRejected, "not every queue was reset:\n  " + text};
}

// A failed broker keeps its rows and its error; the others are asked all the same.
bool ApplyAll(client::AdminApi* admin, const reset::Request& request, int64_t now_ms,
              reset::Table* table) {
  bool fell_back = false;
  for (reset::BrokerRow& broker : table->brokers) {
    if (broker.state != reset::BrokerState::kPending) continue;
    reset::ApplyResult result =
        reset::ApplyToBroker(admin, request, broker.name, now_ms, {}, table);
    fell_back = fell_back || result.fell_back;
    if (result.outcome == reset::ApplyOutcome::kUnreachable) {
      reset::FailBroker(result.error, &broker, table);
    }
    if (broker.state != reset::BrokerState::kApplying) continue;
    // The answer was lost: the offsets may still tell.
    Status looked = reset::ResolveInterrupted(admin, request, false, &broker, table);
    if (looked.ok()) continue;
    broker.state = reset::BrokerState::kUnknown;
    broker.reason = reset::reason::kOutcomeUnknown;
    broker.remark = looked.message();
  }
  return fell_back;
}

}  // namespace

void PrintResetTable(const reset::Table& table, std::ostream& out) {
  constexpr size_t kWidth = 40;
  PrintLine({"#brokerName", "#queueId", "#offset"}, kWidth, out);
  for (const reset::QueueRow& row : table.queues) {
    std::optional<int64_t> offset = ShownOffset(row);
    if (!offset.has_value()) continue;
    PrintLine({Name(row), std::to_string(row.queue_id), Number(offset)}, kWidth, out);
  }
}

void PrintRollbackTable(const reset::Table& table, std::ostream& out) {
  constexpr size_t kWidth = 20;
  PrintLine({"#brokerName", "#queueId", "#brokerOffset", "#consumerOffset", "#timestampOffset",
             "#rollbackOffset"},
            kWidth, out);
  for (const reset::QueueRow& row : table.queues) {
    std::optional<int64_t> offset = ShownOffset(row);
    if (!offset.has_value()) continue;
    PrintLine({Name(row), std::to_string(row.queue_id), Number(row.max_offset),
               Number(row.before_offset), Number(row.target_offset), Number(offset)},
              kWidth, out);
  }
}

void ResetOffsetByTime::AddOptions(CLI::App* app) {
  app->add_option("-n,--namesrvAddr", name_servers_, "nameservers, like 'a:9876;b:9876'")
      ->envname("NAMESRV_ADDR")
      ->required();
  app->add_option("-t,--topic", topic_, "the topic")->required();
  app->add_option("-g,--group", group_, "the consumer group")->required();
  app->add_option("-s,--timestamp", timestamp_,
                  "milliseconds since 1970, now, or yyyy-MM-dd#HH:mm:ss:SSS")
      ->required();
  app->add_option("-f,--force", force_, "false: queues never go forward, past unread messages")
      ->capture_default_str();
  app->add_flag("-c,--cplus", cplus_, "no effect; every client is told in its own language");
}

Result<reset::Request> ResetOffsetByTime::MakeRequest(int64_t now_ms) const {
  REWIND_TRY_ASSIGN(bool force, ParseBool(force_, "-f"));
  REWIND_TRY_ASSIGN(int64_t time_ms, ParseAdminTimestamp(timestamp_, now_ms));
  if (time_ms < 0) {
    return Status(ErrorCode::kInvalidArgument, "-s is '" + timestamp_ +
                                                   "', a time before 1970; to skip everything "
                                                   "unread give now");
  }
  if (time_ms > now_ms) {
    return Status(ErrorCode::kInvalidArgument,
                  "-s is '" + timestamp_ + "', " + FormatRfc3339(time_ms, true) +
                      ", which is later than now, " + FormatRfc3339(now_ms, true));
  }
  reset::Request request;
  request.topic = topic_;
  request.group = group_;
  request.target = {reset::TargetKind::kTime, time_ms};
  request.direction = force ? reset::Direction::kAny : reset::Direction::kRewindOnly;
  return request;
}

Status ResetOffsetByTime::RunAgainst(client::AdminApi* admin, int64_t now_ms, std::ostream& out) {
  REWIND_TRY_ASSIGN(reset::Request request, MakeRequest(now_ms));
  Result<reset::Snapshot> snapshot = reset::ReadSnapshot(admin, request);
  if (!snapshot.ok()) {
    return snapshot.status().WithContext("looking for topic " + topic_);
  }
  // To mqadmin a broadcasting group is one that never committed.
  for (reset::BrokerSnapshot& broker : snapshot->brokers) broker.members.broadcasting = false;
  reset::Plan plan = reset::MakePlan(request, *snapshot);
  if (!plan.problem.empty()) return {ErrorCode::kNotFound, plan.problem_message};
  const bool fell_back = ApplyAll(admin, request, now_ms, &plan.table);
  auto& rows = plan.table.queues;
  if (std::any_of(rows.begin(), rows.end(), [](auto& row) { return ShownOffset(row); })) {
    // The words of mqadmin 5.5.0; its older versions say "rollback" in both.
    out << (fell_back ? "rollback consumer offset by specified consumerGroup["
                      : "start reset consumer offset by specified, group[")
        << group_ << "], topic[" << topic_ << "], force["
        << (request.direction == reset::Direction::kAny ? "true" : "false")
        << "], timestamp(string)[" << timestamp_ << "], timestamp(long)[" << request.target.time_ms
        << "]\n";
    if (fell_back) {
      PrintRollbackTable(plan.table, out);
    } else {
      PrintResetTable(plan.table, out);
    }
  }
  return Failures(plan.table);
}

Status ResetOffsetByTime::Run(std::ostream& out) {
  remoting::IoThreads io(1);
  remoting::Client connections(&io, nullptr);
  client::RemoteAdmin admin(&connections, SplitTrimmed(name_servers_, ';'), kRequestTimeoutMs);
  Status done = RunAgainst(&admin, SystemClock().WallMs(), out);
  connections.Stop();
  return done;
}

}  // namespace rewindmq::cli
