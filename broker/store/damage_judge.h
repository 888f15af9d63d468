#pragma once
// Tells the end of the log from damage inside it, where a scan found no whole record. A torn tail
// is what kills and power cuts leave, and may be cut; damage in front of records that count never.
// Thread safety: pure function of a log that nobody writes.

#include <cstdint>
#include <optional>
#include <string>

#include "broker/store/log_scan.h"
#include "broker/store/quarantine.h"
#include "broker/store/segment_list.h"

namespace rewindmq::store {

// What is known of the log's end from elsewhere.
struct TailEvidence {
  bool was_closed = false;       // cleanly: then nothing can be torn
  int64_t durable_end = 0;       // records before it had been synced; 0 when not known
  int64_t log_timestamp_ms = 0;  // records up to this store time had been synced
};

// Empty when the log may end at end.offset; else the damage, behind which the log goes on.
std::optional<DamagedRange> JudgeScanEnd(const SegmentList& segments, const ScanEnd& end,
                                         const TailEvidence& evidence);

// "byte 17 of /store/commitlog/00000000000000000000".
std::string PlaceInFile(const SegmentList& segments, int64_t offset);

}  // namespace rewindmq::store
