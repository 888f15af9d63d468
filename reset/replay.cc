#include "reset/replay.h"

#include <algorithm>

namespace rewindmq::reset {
namespace {

using protocol::ReplayQueue;
using protocol::ReplayState;
using protocol::ReplayStatus;

bool IsReplayed(const QueueRow& row) {
  return row.replay.has_value() &&
         (row.state == QueueState::kPlanned || row.state == QueueState::kApplying ||
          row.state == QueueState::kApplied || row.state == QueueState::kUnknown);
}

bool AnyReplayed(const Table& table, const std::string& broker_name) {
  auto rows = table.QueuesOf(broker_name);
  return std::any_of(rows.begin(), rows.end(),
                     [](const QueueRow* row) { return IsReplayed(*row); });
}

bool IsOver(ReplayState state) {
  return state == ReplayState::kFinished || state == ReplayState::kCancelled ||
         state == ReplayState::kFailed;
}

void Fail(QueueRow* row, std::string_view why, std::string message) {
  row->state = QueueState::kFailed;
  row->reason = why;
  row->message = std::move(message);
}

void TakeQueue(const ReplayStatus& status, const ReplayQueue& queue, QueueRow* row) {
  row->replay =
      ReplayProgress{queue.begin_offset, queue.end_offset, queue.next_offset, queue.delivered,
                     queue.filtered,     queue.missing,    queue.repeated};
  if (row->state != QueueState::kApplied || row->reason == reason::kVerified) return;
  const bool delivered = queue.next_offset >= queue.end_offset;
  const std::string where =
      "at " + std::to_string(queue.next_offset) + " of " + std::to_string(queue.end_offset);
  if (delivered && status.unconsumed == 0) {
    row->reason = reason::kVerified;
    row->message = queue.missing == 0 ? ""
                                      : std::to_string(queue.missing) +
                                            " messages were deleted before they were reached";
  } else if (!delivered && status.state == ReplayState::kCancelled) {
    Fail(row, reason::kCancelled, "the replay was cancelled " + where);
  } else if (!delivered && status.state == ReplayState::kFailed) {
    Fail(row, reason::kBrokerRejected, "the replay ended " + where + ": " + status.message);
  } else if (!delivered) {
    row->message = (status.state == ReplayState::kPaused ? "paused " : "") + where;
  } else {
    row->message = std::to_string(status.unconsumed) + " replayed messages are not consumed yet";
  }
}

}  // namespace

int32_t ReplayRateOf(const Request& request, const Table& table, const std::string& broker_name) {
  if (!request.replay.has_value() || request.replay->messages_per_second <= 0) return 0;
  int32_t brokers = 0;
  int32_t index = 0;
  for (const BrokerRow& broker : table.brokers) {
    if (!AnyReplayed(table, broker.name)) continue;
    if (broker.name == broker_name) index = brokers;
    ++brokers;
  }
  if (brokers == 0) return request.replay->messages_per_second;
  const int32_t share = request.replay->messages_per_second / brokers;
  const int32_t rest = request.replay->messages_per_second % brokers;
  return std::max(1, share + (index < rest ? 1 : 0));
}

protocol::ReplayOrder ReplayOrderFor(const Request& request, const Table& table,
                                     const std::string& broker_name) {
  protocol::ReplayOrder order;
  order.id = request.operation_id;
  order.topic = request.topic;
  order.group = request.group;
  order.from_ms = request.target.time_ms;
  order.until_ms = request.replay->until_ms;
  order.tag = request.replay->tag;
  order.sql = request.replay->sql;
  order.messages_per_second = ReplayRateOf(request, table, broker_name);
  order.paused = request.replay->paused;
  for (const QueueRow* row : table.QueuesOf(broker_name)) {
    if (IsReplayed(*row)) order.queue_ids.push_back(row->queue_id);
  }
  return order;
}

void TakeReplay(const ReplayStatus& status, BrokerRow* broker, Table* table) {
  for (QueueRow* row : table->QueuesOf(broker->name)) {
    for (const ReplayQueue& queue : status.queues) {
      if (queue.queue_id == row->queue_id && IsReplayed(*row)) TakeQueue(status, queue, row);
    }
  }
  std::string words = "replay " + std::string(protocol::Name(status.state));
  if (!status.filter.empty()) words += ", filter: " + status.filter;
  if (!status.message.empty()) words += ", " + status.message;
  broker->remark = words;
}

Status ObserveReplay(client::AdminApi* admin, const Request& request, const BrokerRow& broker,
                     Table* table) {
  auto replays = admin->Replays(broker.address, request.operation_id);
  if (!replays.ok()) return replays.status();
  for (const ReplayStatus& status : *replays) {
    if (status.order.id != request.operation_id) continue;
    TakeReplay(status, table->FindBroker(broker.name), table);
    return Status::Ok();
  }
  for (QueueRow* row : table->QueuesOf(broker.name)) {
    if (row->state != QueueState::kApplied || row->reason == reason::kVerified) continue;
    row->message = "the broker does not know replay " + request.operation_id;
  }
  return Status::Ok();
}

Status SteerReplay(client::AdminApi* admin, const Request& request, bool cancel, Table* table) {
  Status first_error;
  for (BrokerRow& broker : table->brokers) {
    if (!AnyReplayed(*table, broker.name) || broker.state == BrokerState::kPending) continue;
    auto replays = admin->Replays(broker.address, request.operation_id);
    if (!replays.ok()) {
      if (first_error.ok()) first_error = replays.status();
      continue;
    }
    for (const ReplayStatus& status : *replays) {
      if (status.order.id != request.operation_id || IsOver(status.state)) continue;
      client::ReplaySteering steering;
      steering.id = request.operation_id;
      steering.cancel = cancel;
      const bool paused = status.state == ReplayState::kPaused;
      const int32_t rate = ReplayRateOf(request, *table, broker.name);
      if (paused != request.replay->paused) steering.pause = request.replay->paused;
      if (rate != status.order.messages_per_second) steering.messages_per_second = rate;
      if (!cancel && !steering.pause && !steering.messages_per_second) continue;
      auto steered = admin->SteerReplay(broker.address, steering);
      if (steered.ok()) TakeReplay(*steered, &broker, table);
      if (!steered.ok() && first_error.ok()) first_error = steered.status();
    }
  }
  return first_error;
}

}  // namespace rewindmq::reset
