#pragma once
// What a store has done since it was opened and how it is now; for metrics and tools.
// Thread safety: plain values.

#include <cstdint>

#include "broker/store/disk.h"
#include "common/base/latency_histogram.h"

namespace rewindmq::store {

struct RecoveryStats {
  bool was_closed = true;  // the stop before was a clean one
  int64_t duration_ms = 0;
  int64_t scanned_bytes = 0;  // of the log
  int64_t records = 0;
};

struct StoreStats {
  LatencyHistogram::Snapshot append;  // of whole Puts, in the caller's thread
  LatencyHistogram::Snapshot flush;   // of syncs of the log
  int64_t messages = 0;               // stored
  int64_t message_bytes = 0;          // of their records
  int64_t refused = 0;                // Puts
  int64_t log_min_offset = 0;         // physical offsets
  int64_t log_end_offset = 0;
  int64_t durable_end_offset = 0;
  int64_t log_segments = 0;
  int64_t queues = 0;
  int64_t deleted_segments = 0;
  DiskUsage disk;
  bool disk_full = false;
  int64_t dispatch_lag_bytes = 0;  // of the log, not in the index yet
  RecoveryStats recovery;
  int64_t quarantined_ranges = 0;
  int64_t quarantined_bytes = 0;
  int64_t damaged_reads = 0;
};

}  // namespace rewindmq::store
