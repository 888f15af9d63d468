#pragma once
// Up to which store time the log and the consume queues are on disk (RocketMQ's StoreCheckpoint):
// one page of 4096 bytes, 8-byte big-endian numbers. Recovery starts a little before the earlier
// one. Thread safety: none; one owner.

#include <cstdint>
#include <string>

#include "common/base/status.h"

namespace rewindmq::store {

struct Checkpoint {
  int64_t log_timestamp_ms = 0;    // physicMsgTimestamp
  int64_t queue_timestamp_ms = 0;  // logicsMsgTimestamp
  int64_t index_timestamp_ms = 0;  // indexMsgTimestamp, kept as it was found
  int64_t other[2] = {0, 0};       // 5.x: masterFlushedOffset, confirmPhyOffset; kept as found

  // Before this store time everything is on disk; as RocketMQ, three seconds are taken off.
  int64_t SafeTimestampMs() const;
};

// A missing file is a checkpoint of zeros.
Result<Checkpoint> LoadCheckpoint(const std::string& path);
// Replaces the page in place: all of it lies in one disk sector, so it is never half written.
enum class SyncCheckpoint : uint8_t { kNo, kYes };
Status SaveCheckpoint(const std::string& path, const Checkpoint& checkpoint, SyncCheckpoint sync);

}  // namespace rewindmq::store
