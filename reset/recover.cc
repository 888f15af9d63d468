#include "reset/recover.h"

#include <algorithm>
#include <utility>

#include "reset/replay.h"
#include "reset/who.h"

namespace rewindmq::reset {
namespace {

bool IsSkip(const QueueRow& row) {
  return row.Expected().value_or(0) > row.before_offset.value_or(0);
}

// A place where only this reset can have put the group.
bool Proves(const Finding& finding) {
  return finding.evidence == Evidence::kHolds && finding.row->before_offset.has_value() &&
         finding.row->Expected() != finding.row->before_offset && !IsSkip(*finding.row);
}

bool NotApplied(const Finding& finding, bool offline_throughout) {
  if (finding.evidence != Evidence::kNotYet) return false;
  return IsSkip(*finding.row) ||
         (offline_throughout && finding.committed == finding.row->before_offset);
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

void AskAgain(BrokerRow* broker, Table* table) {
  MoveQueues(table, broker->name, QueueState::kApplying, QueueState::kPlanned, {}, {});
  broker->state = BrokerState::kPending;
}

// The broker either runs the replay, or never heard of it.
Status ResolveReplay(client::AdminApi* admin, const Request& request, bool may_ask_again,
                     BrokerRow* broker, Table* table) {
  auto replays = admin->Replays(broker->address, request.operation_id);
  if (!replays.ok()) return replays.status();
  for (const protocol::ReplayStatus& status : *replays) {
    if (status.order.id != request.operation_id) continue;
    MoveQueues(table, broker->name, QueueState::kApplying, QueueState::kApplied, {}, {});
    broker->state = BrokerState::kApplied;
    TakeReplay(status, broker, table);
    return Status::Ok();
  }
  if (may_ask_again) {
    AskAgain(broker, table);
    return Status::Ok();
  }
  broker->state = BrokerState::kFailed;
  broker->reason = reason::kBrokerRejected;
  broker->remark = "the broker does not know the replay: it was never started";
  MoveQueues(table, broker->name, QueueState::kApplying, QueueState::kFailed, broker->reason,
             broker->remark);
  return Status::Ok();
}

Result<std::vector<Finding>> Find(client::AdminApi* admin, const Request& request,
                                  const BrokerRow& broker, Table* table) {
  std::vector<Finding> findings;
  for (QueueRow* row : table->QueuesOf(broker.name)) {
    if (row->state != QueueState::kApplying) continue;
    Result<int64_t> committed =
        admin->QueryOffset(broker.address, request.group,
                           row->topic.empty() ? request.topic : row->topic, row->queue_id);
    const bool never = committed.status().code() == ErrorCode::kNotFound;
    if (!never && !committed.ok()) return committed.status();
    // Still without an offset, a queue that never had one was not moved.
    Evidence evidence = never ? Evidence::kNotYet : Judge(*row, *committed);
    findings.push_back({row, never ? -1 : *committed, evidence});
  }
  return findings;
}

}  // namespace

Recovery DecideRecovery(const std::vector<Finding>& findings, bool all_or_none,
                        bool offline_throughout) {
  auto all_of = [&](auto test) { return std::all_of(findings.begin(), findings.end(), test); };
  auto any_of = [&](auto test) { return std::any_of(findings.begin(), findings.end(), test); };
  auto not_applied = [&](const Finding& finding) {
    return NotApplied(finding, offline_throughout);
  };
  Recovery recovery;
  if (findings.empty()) return recovery;
  const bool elsewhere =
      any_of([](const Finding& finding) { return finding.evidence == Evidence::kElsewhere; });
  const bool proof = any_of(Proves);
  const bool disproof = any_of(not_applied);
  recovery.safe_to_ask_again = all_of(not_applied);
  // A proof and a disproof contradict each other: then somebody else was at work.
  recovery.all_applied = all_or_none && proof && !disproof && !elsewhere;
  return recovery;
}

Status ResolveInterrupted(client::AdminApi* admin, const Request& request, bool may_ask_again,
                          BrokerRow* broker, Table* table) {
  if (request.replay.has_value()) {
    return ResolveReplay(admin, request, may_ask_again, broker, table);
  }
  REWIND_TRY_ASSIGN(std::vector<Finding> findings, Find(admin, request, *broker, table));
  REWIND_TRY_ASSIGN(Members members, ReadMembers(admin, broker->address, request.group));
  const bool offline = broker->clients_online == 0 && members.Offline();
  const Recovery recovery =
      DecideRecovery(findings, broker->kind == BrokerKind::kRewindMq, offline);
  if (recovery.safe_to_ask_again && may_ask_again) {
    AskAgain(broker, table);
    return Status::Ok();
  }
  bool any_unknown = false;
  for (const Finding& finding : findings) {
    if (finding.committed >= 0) finding.row->after_offset = finding.committed;
    if (finding.evidence == Evidence::kHolds || recovery.all_applied) {
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
