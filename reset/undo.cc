#include "reset/undo.h"

namespace rewindmq::reset {
namespace {

bool MayHaveMoved(const QueueRow& row) {
  switch (row.state) {
    case QueueState::kApplied:
    case QueueState::kApplying:
    case QueueState::kUnknown:
      return true;
    case QueueState::kFailed:  // by its verification
      return row.reported_offset.has_value();
    default:
      return false;
  }
}

bool IsBroadcasting(const Table& table, const std::string& broker_name) {
  for (const BrokerRow& broker : table.brokers) {
    if (broker.name == broker_name) return broker.broadcasting;
  }
  return false;
}

}  // namespace

Undo UndoOf(const Request& request, const Table& table) {
  Undo undo;
  undo.request.operation_id = request.operation_id;
  undo.request.topic = request.topic;
  undo.request.group = request.group;
  undo.request.target.kind = TargetKind::kRestoreFrom;
  undo.request.direction = Direction::kAny;
  undo.request.verify_by = request.verify_by;
  undo.request.method = request.method == Method::kBrokerSide ? Method::kBrokerSide : Method::kAuto;
  if (request.replay.has_value()) return undo;  // moved no offset
  for (const QueueRow& row : table.queues) {
    if (!MayHaveMoved(row)) continue;
    const std::string where =
        "broker " + row.broker_name + " queue " + std::to_string(row.queue_id);
    if (IsBroadcasting(table, row.broker_name)) {
      undo.not_restorable.push_back(where + ": each member of a broadcasting group had its own");
    } else if (!row.before_offset.has_value()) {
      undo.not_restorable.push_back(where + ": the group had no offset there");
    } else {
      const std::string& topic = row.topic.empty() ? request.topic : row.topic;
      undo.request.target.offsets[{topic, row.broker_name, row.queue_id}] = *row.before_offset;
    }
  }
  return undo;
}

}  // namespace rewindmq::reset
