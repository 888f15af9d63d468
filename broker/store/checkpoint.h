#pragma once
// What of the store is on disk for sure, so that a start need not read everything (RocketMQ's
// StoreCheckpoint): one page of 4096 bytes, 8-byte big-endian numbers. Java's own are store times;
// ours, which Java passes over, are exact offsets, valid only while Java's numbers beside them are
// those that we wrote. Thread safety: none; one owner.

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/file_system.h"
#include "common/base/status.h"

namespace rewindmq::store {

struct Checkpoint {
  int64_t log_timestamp_ms = 0;    // physicMsgTimestamp
  int64_t queue_timestamp_ms = 0;  // logicsMsgTimestamp
  int64_t index_timestamp_ms = 0;  // indexMsgTimestamp: end of the newest index file that is synced
  int64_t other[2] = {0, 0};       // 5.x: masterFlushedOffset, confirmPhyOffset; kept as found

  // Records before this physical offset had been synced. Empty in a store that Java wrote last.
  std::optional<int64_t> durable_end;
  // Records before this physical offset are in the index, and that was synced. Empty as above.
  std::optional<int64_t> indexed_end;
  // The newest record that has a place in the index: tells whether the files are those that were
  // synced. Empty as above, and when the index is empty.
  std::optional<int64_t> index_last_offset;
  // QueueTable::Digest when it was written; only after a clean stop it must still be so. Empty as
  // above.
  std::optional<int64_t> queues_digest;

  // Before this store time everything is on disk; as RocketMQ, three seconds are taken off.
  int64_t SafeTimestampMs() const;
};

// A missing file is a checkpoint of zeros.
Result<Checkpoint> LoadCheckpoint(FileSystem& files, const std::string& path);
// Replaces the page in place: all of it lies in one disk sector, so it is never half written.
Status SaveCheckpoint(FileSystem& files, const std::string& path, const Checkpoint& checkpoint,
                      FileSystem::Sync sync);

}  // namespace rewindmq::store
