#include "broker/store/damage_judge.h"

#include <algorithm>

#include "common/base/log.h"

namespace rewindmq::store {
namespace {

DamagedRange Damage(const SegmentList& segments, const ScanEnd& scan, int64_t end) {
  return {scan.offset, end, PlaceInFile(segments, scan.offset) + ": " + scan.reason};
}

}  // namespace

std::string PlaceInFile(const SegmentList& segments, int64_t offset) {
  int64_t base = offset - offset % segments.segment_bytes();
  return "byte " + std::to_string(offset - base) + " of " + segments.directory() + "/" +
         SegmentName(base);
}

std::optional<DamagedRange> JudgeScanEnd(const SegmentList& segments, const ScanEnd& end,
                                         const TailEvidence& evidence) {
  const bool was_synced = end.offset < evidence.durable_end;
  if (!was_synced && evidence.was_closed && IsUntouched(segments, end.offset)) return std::nullopt;
  std::optional<FoundRecord> behind = FindRecordBehind(segments, end.offset);
  if (was_synced) {
    // The durable end is a record's end, so the scan can go on there at the latest.
    int64_t next =
        behind.has_value() ? std::min(behind->offset, evidence.durable_end) : evidence.durable_end;
    return Damage(segments, end, next);
  }
  if (!behind.has_value()) return std::nullopt;
  bool behind_was_synced =
      evidence.was_closed || behind->store_timestamp_ms < evidence.log_timestamp_ms;
  if (!behind_was_synced && HasUnwrittenSector(segments, end.offset, behind->offset)) {
    spdlog::warn(
        "the log is cut at {}: the disk lost writes that were not synced yet, later records "
        "starting at {} go with them",
        end.offset, behind->offset);
    return std::nullopt;
  }
  return Damage(segments, end, behind->offset);
}

}  // namespace rewindmq::store
