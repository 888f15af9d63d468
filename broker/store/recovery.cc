#include "broker/store/recovery.h"

#include <algorithm>

#include "broker/store/log_scan.h"
#include "broker/store/queue_rebuilder.h"
#include "common/base/log.h"

namespace rewindmq::store {
namespace {

struct Start {
  int64_t offset = 0;
  int64_t last_store_timestamp_ms = 0;  // of the record right before it, when that was read
};

// Behind the newest record that a consume queue names, when that record is whole.
std::optional<Start> StartBehindQueues(const CommitLog& log, const QueueTable& queues) {
  ConsumeQueueUnit newest;
  for (const std::shared_ptr<ConsumeQueue>& queue : queues.All()) {
    std::optional<ConsumeQueueUnit> last = queue->At(queue->max_offset() - 1);
    if (last.has_value() && last->physical_offset >= newest.physical_offset) newest = *last;
  }
  Result<Record> record = DecodeAt(log.segments(), newest.physical_offset);
  if (!record.ok() || record->total_bytes != newest.record_bytes) return std::nullopt;
  return Start{newest.end_offset(), record->store_timestamp_ms};
}

// The newest segment whose first record the checkpoint vouches for.
Start StartByCheckpoint(const CommitLog& log, const Checkpoint& checkpoint) {
  std::vector<std::shared_ptr<Segment>> all = log.segments().All();
  for (auto segment = all.rbegin(); segment != all.rend(); ++segment) {
    Result<Record> first = DecodeAt(log.segments(), (*segment)->base_offset());
    if (first.ok() && first->store_timestamp_ms <= checkpoint.SafeTimestampMs()) {
      return Start{(*segment)->base_offset(), 0};
    }
  }
  return Start{log.min_offset(), 0};
}

Result<Start> ChooseStart(const CommitLog& log, QueueTable* queues,
                          const RecoveryOptions& options) {
  if (!options.queues_whole || queues->empty()) {
    REWIND_TRY(queues->RemoveAll());
    return Start{log.min_offset(), 0};
  }
  if (options.was_closed) {
    if (std::optional<Start> start = StartBehindQueues(log, *queues)) return *start;
    spdlog::warn("the consume queues do not fit the log; reading it from the checkpoint on");
  }
  return StartByCheckpoint(log, options.checkpoint);
}

// Kills and power cuts leave an unfinished tail. Anything else in front of whole records is damage.
Status CheckTail(const CommitLog& log, const ScanEnd& end, const RecoveryOptions& options) {
  if (options.was_closed && IsUntouched(log.segments(), end.offset)) return Status::Ok();
  std::optional<FoundRecord> behind = FindRecordBehind(log.segments(), end.offset);
  if (!behind.has_value()) return Status::Ok();
  bool was_durable =
      options.was_closed || behind->store_timestamp_ms < options.checkpoint.log_timestamp_ms;
  if (!was_durable && HasUnwrittenSector(log.segments(), end.offset, behind->offset)) {
    spdlog::warn(
        "the log is cut at {}: the disk lost writes that were not synced yet, later "
        "records starting at {} go with them",
        end.offset, behind->offset);
    return Status::Ok();
  }
  std::shared_ptr<Segment> segment = log.segments().Find(end.offset);
  return Status(ErrorCode::kCorruption,
                "the commit log is damaged at byte " +
                    std::to_string(end.offset - segment->base_offset()) + " of " + segment->path() +
                    " (" + end.reason + "), and whole records follow at " +
                    std::to_string(behind->offset) +
                    "; the log was not changed. Restore the file from a copy; or, to give up all "
                    "records from there on, move this segment and all later ones away");
}

ScanEnd Scan(const CommitLog& log, int64_t from, QueueRebuilder* rebuilder) {
  return ScanLog(log.segments(), from,
                 [rebuilder](const Record& record) { return rebuilder->Add(record); });
}

Status Trim(CommitLog* log, QueueTable* queues, int64_t end, bool was_closed) {
  if (was_closed && IsUntouched(log->segments(), end)) {
    log->SetEnd(end);  // the usual start writes nothing
  } else {
    REWIND_TRY(log->CutAt(end));
  }
  for (const std::shared_ptr<ConsumeQueue>& queue : queues->All()) {
    REWIND_TRY(queue->CutBehind(end));
    // After power loss there may be units behind a hole; zero them, as zeros mark the end.
    if (!was_closed) REWIND_TRY(queue->CutAt(queue->max_offset()));
    queue->CorrectMin(log->min_offset());
  }
  return Status::Ok();
}

}  // namespace

Result<RecoveryResult> Recover(CommitLog* log, QueueTable* queues, const RecoveryOptions& options) {
  RecoveryResult result;
  if (log->segments().empty()) {
    REWIND_TRY(queues->RemoveAll());
    return result;
  }
  REWIND_TRY_ASSIGN(Start start, ChooseStart(*log, queues, options));
  auto part = [&](int64_t from) {
    return from == log->min_offset() ? QueueRebuilder::Part::kWholeLog
                                     : QueueRebuilder::Part::kTail;
  };
  QueueRebuilder rebuilder(queues, options.deleted_topics, part(start.offset),
                           options.tags_code_of);
  ScanEnd end = Scan(*log, start.offset, &rebuilder);
  REWIND_TRY(rebuilder.status());
  if (rebuilder.gap()) {
    spdlog::warn("consume queues lack messages; building all of them from the whole log");
    REWIND_TRY(queues->RemoveAll());
    start = Start{log->min_offset(), 0};
    QueueRebuilder whole(queues, options.deleted_topics, part(start.offset), options.tags_code_of);
    end = Scan(*log, start.offset, &whole);
    REWIND_TRY(whole.status());
  }
  REWIND_TRY(CheckTail(*log, end, options));
  result.last_store_timestamp_ms =
      std::max(start.last_store_timestamp_ms, end.last_store_timestamp_ms);
  if (result.last_store_timestamp_ms < options.checkpoint.log_timestamp_ms) {
    spdlog::error(
        "the log ends at store time {}, but records up to {} had been synced: the end of "
        "the log is missing",
        result.last_store_timestamp_ms, options.checkpoint.log_timestamp_ms);
  }
  REWIND_TRY(Trim(log, queues, end.offset, options.was_closed));
  result.scanned_from = start.offset;
  result.log_end = end.offset;
  result.records = end.records;
  return result;
}

}  // namespace rewindmq::store
