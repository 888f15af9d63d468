#include "broker/store/recovery.h"

#include <algorithm>

#include "broker/store/damage_judge.h"
#include "broker/store/log_scan.h"
#include "broker/store/queue_rebuilder.h"
#include "common/base/log.h"

namespace rewindmq::store {
namespace {

struct Start {
  int64_t offset = 0;
  int64_t last_store_timestamp_ms = 0;  // of the record right before it, when that was read
};

// One recovery: the steps share the log, the queues and what is known of them.
class Recovery {
 public:
  Recovery(CommitLog* log, QueueTable* queues, const RecoveryOptions& options)
      : log_(*log), queues_(*queues), options_(options) {}

  Result<RecoveryResult> Run();

 private:
  std::optional<Start> StartBehindQueues() const;
  Start StartByCheckpoint() const;
  Result<Start> ChooseStart();
  Result<ScanEnd> Scan(int64_t from, QueueRebuilder* rebuilder);
  Status HandleDamage(DamagedRange damage);
  Status MakeLostTail();
  Status Trim(int64_t end);
  int64_t durable_end() const { return options_.checkpoint.durable_end.value_or(0); }
  QueueRebuilder Rebuilder(int64_t from) const;

  CommitLog& log_;
  QueueTable& queues_;
  const RecoveryOptions& options_;
};

// Behind the newest record that a consume queue names, when that record is whole.
std::optional<Start> Recovery::StartBehindQueues() const {
  ConsumeQueueUnit newest;
  for (const std::shared_ptr<ConsumeQueue>& queue : queues_.All()) {
    std::optional<ConsumeQueueUnit> last = queue->At(queue->max_offset() - 1);
    if (last.has_value() && last->physical_offset >= newest.physical_offset) newest = *last;
  }
  Result<Record> record = DecodeAt(log_.segments(), newest.physical_offset);
  if (!record.ok() || record->total_bytes != newest.record_bytes) return std::nullopt;
  return Start{newest.end_offset(), record->store_timestamp_ms};
}

// The newest segment whose first record the checkpoint vouches for.
Start Recovery::StartByCheckpoint() const {
  std::vector<std::shared_ptr<Segment>> all = log_.segments().All();
  for (auto segment = all.rbegin(); segment != all.rend(); ++segment) {
    Result<Record> first = DecodeAt(log_.segments(), (*segment)->base_offset());
    if (first.ok() && first->store_timestamp_ms <= options_.checkpoint.SafeTimestampMs()) {
      return Start{(*segment)->base_offset(), 0};
    }
  }
  return Start{log_.min_offset(), 0};
}

Result<Start> Recovery::ChooseStart() {
  if (!options_.queues_whole || queues_.empty()) {
    REWIND_TRY(queues_.RemoveAll());
    return Start{log_.min_offset(), 0};
  }
  if (options_.was_closed) {
    if (std::optional<Start> start = StartBehindQueues()) return *start;
    spdlog::warn("the consume queues do not fit the log; reading it from the checkpoint on");
  }
  return StartByCheckpoint();
}

Status Recovery::HandleDamage(DamagedRange damage) {
  if (options_.damage_policy == DamagePolicy::kQuarantine) {
    return options_.quarantine->Add(std::move(damage));
  }
  return Status(ErrorCode::kCorruption,
                "the commit log is damaged at " + damage.reason +
                    ", and goes on at physical offset " + std::to_string(damage.end) +
                    "; the log was not changed. Restore the file from a copy, or set "
                    "damagePolicy=quarantine to go on without the damaged part");
}

// Gives every record to the rebuilder, as far as the log goes, and passes over what is damaged.
Result<ScanEnd> Recovery::Scan(int64_t from, QueueRebuilder* rebuilder) {
  TailEvidence evidence;
  evidence.was_closed = options_.was_closed;
  evidence.durable_end = durable_end();
  evidence.log_timestamp_ms = options_.checkpoint.log_timestamp_ms;
  ScanEnd sum;
  sum.offset = from;
  while (true) {
    ScanEnd end = ScanLog(log_.segments(), sum.offset,
                          [rebuilder](const Record& record) { return rebuilder->Add(record); });
    end.records += sum.records;
    end.last_store_timestamp_ms =
        std::max(end.last_store_timestamp_ms, sum.last_store_timestamp_ms);
    sum = std::move(end);
    if (!rebuilder->status().ok() || rebuilder->gap()) return sum;
    if (std::optional<int64_t> known_end = options_.quarantine->EndOf(sum.offset)) {
      sum.offset = *known_end;
      continue;
    }
    std::optional<DamagedRange> damage = JudgeScanEnd(log_.segments(), sum, evidence);
    if (!damage.has_value()) return sum;
    sum.offset = damage->end;
    REWIND_TRY(HandleDamage(std::move(*damage)));
  }
}

Status Recovery::Trim(int64_t end) {
  // The usual start writes nothing. A unit that seems to lie behind the end can only be a damaged
  // one then; its place must not be given to the next message.
  const bool is_as_closed = options_.was_closed && IsUntouched(log_.segments(), end);
  // The queues first: what they name behind the log's end is known by how far its files reach.
  const int64_t files_end = log_.segments().Last()->end_offset();
  for (const std::shared_ptr<ConsumeQueue>& queue : queues_.All()) {
    if (!is_as_closed) REWIND_TRY(queue->CutBehind(end, files_end));
    // After power loss there may be units behind a hole; zero them, as zeros mark the end.
    if (!options_.was_closed) REWIND_TRY(queue->CutAt(queue->max_offset()));
    queue->CorrectMin(log_.min_offset());
  }
  if (is_as_closed) {
    log_.SetEnd(end);
  } else {
    REWIND_TRY(log_.CutAt(end));
  }
  return Status::Ok();
}

// Segments that are missing at the end become empty ones, which the scan then finds damaged.
Status Recovery::MakeLostTail() {
  bool is_there = !log_.segments().empty() && log_.segments().Last()->end_offset() >= durable_end();
  if (is_there) return Status::Ok();
  if (options_.damage_policy == DamagePolicy::kQuarantine) return log_.ExtendTo(durable_end());
  return Status(ErrorCode::kCorruption,
                "the end of the commit log is missing: records up to " +
                    PlaceInFile(log_.segments(), durable_end()) +
                    " had been synced. Restore its files from a copy, or set "
                    "damagePolicy=quarantine to go on without them");
}

QueueRebuilder Recovery::Rebuilder(int64_t from) const {
  auto part =
      from == log_.min_offset() ? QueueRebuilder::Part::kWholeLog : QueueRebuilder::Part::kTail;
  return QueueRebuilder(&queues_, options_.deleted_topics, part, options_.tags_code_of);
}

Result<RecoveryResult> Recovery::Run() {
  RecoveryResult result;
  if (log_.segments().empty() && durable_end() == 0) {
    REWIND_TRY(queues_.RemoveAll());
    return result;
  }
  REWIND_TRY(MakeLostTail());
  REWIND_TRY_ASSIGN(Start start, ChooseStart());
  QueueRebuilder rebuilder = Rebuilder(start.offset);
  REWIND_TRY_ASSIGN(ScanEnd end, Scan(start.offset, &rebuilder));
  REWIND_TRY(rebuilder.status());
  if (rebuilder.gap()) {
    spdlog::warn("consume queues lack messages; building all of them from the whole log");
    REWIND_TRY(queues_.RemoveAll());
    start = Start{log_.min_offset(), 0};
    QueueRebuilder whole = Rebuilder(start.offset);
    REWIND_TRY_ASSIGN(end, Scan(start.offset, &whole));
    REWIND_TRY(whole.status());
  }
  result.last_store_timestamp_ms =
      std::max(start.last_store_timestamp_ms, end.last_store_timestamp_ms);
  if (result.last_store_timestamp_ms < options_.checkpoint.log_timestamp_ms) {
    spdlog::error(
        "the log ends at store time {}, but records up to {} had been synced: the end of the log "
        "is missing",
        result.last_store_timestamp_ms, options_.checkpoint.log_timestamp_ms);
    // Only a number that its own checksum covers may push store times forward.
    if (options_.checkpoint.durable_end.has_value()) {
      result.last_store_timestamp_ms = options_.checkpoint.log_timestamp_ms;
    }
  }
  REWIND_TRY(Trim(end.offset));
  result.scanned_from = start.offset;
  result.log_end = end.offset;
  result.records = end.records;
  return result;
}

}  // namespace

Result<RecoveryResult> Recover(CommitLog* log, QueueTable* queues, const RecoveryOptions& options) {
  return Recovery(log, queues, options).Run();
}

}  // namespace rewindmq::store
