#include "reset/verify.h"

#include <algorithm>

namespace rewindmq::reset {
namespace {

bool Waits(const QueueRow& row) {
  return row.state == QueueState::kApplied && row.reason != reason::kVerified;
}

void Take(int64_t committed, QueueRow* row) {
  row->after_offset = committed;
  if (Waits(*row) && Judge(*row, committed) == Evidence::kHolds) {
    row->reason = reason::kVerified;
    row->message.clear();
  }
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
  for (QueueRow* row : table->QueuesOf(broker.name)) {
    const bool shown = row->after_offset.has_value() || !row->before_offset.has_value();
    if (!Waits(*row) && (shown || row->state == QueueState::kApplying)) continue;
    Result<int64_t> committed =
        admin->QueryOffset(broker.address, request.group, request.topic, row->queue_id);
    if (!committed.ok()) return committed.status();
    Take(*committed, row);
  }
  return Status::Ok();
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
          "that only notify take 10 seconds: raise verify.settleSeconds)";
    }
  }
}

}  // namespace rewindmq::reset
