#pragma once
// Reading a commit log whose end is not known yet: every record is checked in full before it is
// believed. Thread safety: none needed; used while a store opens, before anybody else sees it.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "broker/store/record.h"
#include "broker/store/segment_list.h"
#include "common/base/status.h"

namespace rewindmq::store {

// The record that starts exactly there, its sizes, CRC and own offset checked. kCorruption says
// why there is none, kNotFound that the log has no such segment.
Result<Record> DecodeAt(const SegmentList& segments, int64_t offset);

struct ScanEnd {
  int64_t offset = 0;  // the first byte that is not part of a whole record
  std::string reason;  // why the scan stopped there
  int64_t records = 0;
  int64_t last_store_timestamp_ms = 0;  // 0 when records is 0
};

// Gives every record from `from` on to `visit`, until one is not whole or `visit` answers false.
ScanEnd ScanLog(const SegmentList& segments, int64_t from,
                const std::function<bool(const Record&)>& visit);

struct FoundRecord {
  int64_t offset = 0;
  int64_t store_timestamp_ms = 0;
};

// The first whole record behind `offset`, wherever it starts: the proof that the log goes on behind
// a damage.
std::optional<FoundRecord> FindRecordBehind(const SegmentList& segments, int64_t offset);

// Whether nothing was ever written there: zeros where a record would start, or no segment.
bool IsUntouched(const SegmentList& segments, int64_t offset);

// Whether a disk sector between the two was never written. Power loss leaves such sectors; a
// damaged one is not all zeros.
bool HasUnwrittenSector(const SegmentList& segments, int64_t from, int64_t end);

}  // namespace rewindmq::store
