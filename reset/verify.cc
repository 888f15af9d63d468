#include "reset/verify.h"

#include <algorithm>
#include <map>

#include "common/protocol/codes.h"
#include "reset/observe_clients.h"
#include "reset/replay.h"
#include "reset/who.h"

namespace rewindmq::reset {
namespace {

bool Waits(const QueueRow& row) {
  return row.state == QueueState::kApplied && row.reason != reason::kVerified;
}

void Take(int64_t committed, bool enough, QueueRow* row) {
  row->after_offset = committed;
  if (enough && Waits(*row) && Judge(*row, committed) == Evidence::kHolds) {
    row->reason = reason::kVerified;
    row->message.clear();
  }
}

// `enough` = the committed offset is evidence; otherwise the clients decide.
Status ObserveCommitted(client::AdminApi* admin, const Request& request, const BrokerRow& broker,
                        bool enough, Table* table) {
  for (QueueRow* row : table->QueuesOf(broker.name)) {
    const bool shown = row->after_offset.has_value() || !row->before_offset.has_value();
    if (!Waits(*row) && (shown || row->state == QueueState::kApplying)) continue;
    Result<int64_t> committed =
        admin->QueryOffset(broker.address, request.group,
                           row->topic.empty() ? request.topic : row->topic, row->queue_id);
    if (committed.status().code() == ErrorCode::kNotFound) continue;
    if (!committed.ok()) return committed.status();
    Take(*committed, enough, row);
  }
  return Status::Ok();
}

void GiveUpReplay(QueueRow* row) {
  const ReplayProgress& replay = *row->replay;
  row->state = QueueState::kFailed;
  row->reason = reason::kVerificationMismatch;
  const bool delivered = replay.next_offset >= replay.end_offset;
  row->message = delivered ? "every message is delivered, but the group has not consumed all yet"
                           : "the replay is at " + std::to_string(replay.next_offset) + " of " +
                                 std::to_string(replay.end_offset);
}

}  // namespace

Evidence Judge(const QueueRow& row, int64_t committed) {
  const int64_t target = row.Expected().value_or(0);
  if (!row.before_offset.has_value() || target == *row.before_offset) {
    return committed >= target ? Evidence::kHolds : Evidence::kElsewhere;
  }
  const int64_t before = *row.before_offset;
  if (target < before) {
    if (committed < target) return Evidence::kElsewhere;
    return committed < before ? Evidence::kHolds : Evidence::kNotYet;
  }
  if (committed >= target) return Evidence::kHolds;
  return committed >= before ? Evidence::kNotYet : Evidence::kElsewhere;
}

Status Observe(client::AdminApi* admin, const Request& request, const BrokerRow& broker,
               Table* table) {
  if (request.replay.has_value()) return ObserveReplay(admin, request, broker, table);
  if (!broker.broadcasting && request.verify_by == VerifyBy::kCommitted) {
    return ObserveCommitted(admin, request, broker, true, table);
  }
  REWIND_TRY_ASSIGN(Members members, ReadMembers(admin, broker.address, request.group));
  // Nobody to ask: what is committed is what the next member will follow.
  const bool alone = members.Offline() && !broker.broadcasting;
  REWIND_TRY(ObserveCommitted(admin, request, broker, alone, table));
  if (members.Offline()) return Status::Ok();
  return ObserveClients(admin, request, broker, table);
}

bool AllVerified(const Table& table) {
  return std::none_of(table.queues.begin(), table.queues.end(), Waits);
}

bool SameEvidence(const Table& a, const Table& b) {
  return std::equal(a.queues.begin(), a.queues.end(), b.queues.begin(), b.queues.end(),
                    [](const QueueRow& x, const QueueRow& y) { return x.reason == y.reason; });
}

void GiveUpVerifying(Table* table) {
  for (QueueRow& row : table->queues) {
    if (!Waits(row)) continue;
    if (row.replay.has_value()) {
      GiveUpReplay(&row);
      continue;
    }
    if (!row.after_offset.has_value()) {
      row.state = QueueState::kUnknown;
      row.reason = reason::kOutcomeUnknown;
      row.message = "the broker said yes, but the offset could not be read afterwards";
      continue;
    }
    row.state = QueueState::kFailed;
    row.message = "expected " + std::to_string(row.Expected().value_or(0)) + ", found " +
                  std::to_string(*row.after_offset);
    if (Judge(row, *row.after_offset) == Evidence::kElsewhere) {
      row.reason = reason::kOffsetMovedAfterReset;
      row.message += ": somebody else moved it";
    } else {
      row.reason = reason::kVerificationMismatch;
      row.message +=
          ": a consumer committed its old offset again, or has not moved yet (clients of brokers "
          "that only notify take 10 seconds: raise verify.settleSeconds, or --wait)";
    }
  }
}

}  // namespace rewindmq::reset
