#include "reset/recover.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "reset/verify.h"

namespace rewindmq::reset {
namespace {

struct Finding {
  QueueRow* row;
  Evidence evidence;
  int64_t committed;
};

bool IsSkip(const QueueRow& row) {
  return row.Expected().value_or(0) > row.before_offset.value_or(0);
}

void MarkUnknown(const Finding& finding) {
  finding.row->state = QueueState::kUnknown;
  finding.row->reason = reason::kOutcomeUnknown;
  std::string found = "the committed offset is " + std::to_string(finding.committed);
  if (finding.evidence == Evidence::kElsewhere) {
    finding.row->message = found + ", which this reset does not explain: somebody else moved it";
  } else if (IsSkip(*finding.row)) {
    finding.row->message = found + ": the broker did not skip";
  } else {
    finding.row->message =
        found +
        ": not applied, or replayed past its old place already; compare, then create a new "
        "OffsetReset if needed";
  }
}

}  // namespace

Status ResolveInterrupted(client::AdminApi* admin, const Request& request, bool may_ask_again,
                          BrokerRow* broker, Table* table) {
  std::vector<Finding> findings;
  for (QueueRow* row : table->QueuesOf(broker->name)) {
    if (row->state != QueueState::kApplying) continue;
    Result<int64_t> committed =
        admin->QueryOffset(broker->address, request.group, request.topic, row->queue_id);
    if (!committed.ok()) return committed.status();
    findings.push_back({row, Judge(*row, *committed), *committed});
  }
  const bool nothing_happened =
      std::all_of(findings.begin(), findings.end(), [](const Finding& finding) {
        return finding.evidence == Evidence::kNotYet && IsSkip(*finding.row);
      });
  if (nothing_happened && may_ask_again && !findings.empty()) {
    for (const Finding& finding : findings) finding.row->state = QueueState::kPlanned;
    broker->state = BrokerState::kPending;
    return Status::Ok();
  }
  bool any_unknown = false;
  for (const Finding& finding : findings) {
    finding.row->after_offset = finding.committed;
    if (finding.evidence == Evidence::kHolds) {
      finding.row->state = QueueState::kApplied;
      finding.row->reason = reason::kVerified;
    } else {
      MarkUnknown(finding);
      any_unknown = true;
    }
  }
  broker->state = any_unknown ? BrokerState::kUnknown : BrokerState::kApplied;
  if (any_unknown) broker->reason = reason::kOutcomeUnknown;
  if (broker->remark.empty()) {
    broker->remark = "the answer was lost; the outcome was read from the offsets";
  }
  return Status::Ok();
}

}  // namespace rewindmq::reset
