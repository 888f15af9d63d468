#pragma once
// The index files of a store, oldest to newest: index/<yyyyMMddHHmmssSSS> (RocketMQ's
// IndexService). Only the newest is written; a new one follows when it is full.
//
// Entries are hints: they may be missing their record, be there twice, or belong to another key
// with the same hash. Whoever finds one reads the record and compares.
// Thread safety: Find, Newest and RemoveBefore from any thread; Load, Settle, Holds and Put by one
// thread; Sync by one thread, which may be another.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "broker/store/index_file.h"
#include "common/base/clock.h"

namespace rewindmq::store {

// What a start knows of the index files that it finds.
struct IndexTrust {
  bool was_closed = false;         // no abort file was found
  int64_t index_timestamp_ms = 0;  // this and the next two as in the checkpoint
  std::optional<int64_t> indexed_end;
  std::optional<int64_t> index_last_offset;
  int64_t log_min = 0;
  int64_t log_end = 0;
  // The store time of the record at a physical offset.
  std::function<std::optional<int64_t>(int64_t physical_offset)> time_of;
};

// The last record in the index.
struct IndexEnd {
  int64_t timestamp_ms = 0;
  int64_t physical_offset = 0;
};

class IndexTable {
 public:
  struct Options {
    Disk* disk = nullptr;
    std::string directory;
    IndexShape shape;
    const Clock* clock = &SystemClock();
  };
  explicit IndexTable(Options options) : options_(std::move(options)) {}

  // Maps what is there; nobody sees it before Settle.
  Status Load();
  // Drops and repairs what cannot be trusted, and says from which physical offset on the log must
  // be indexed. After a crash this may take a second. It may be called again after an error.
  Result<int64_t> Settle(const IndexTrust& trust);

  // kResourceExhausted when the disk is full; the same call may succeed later.
  Status Put(int32_t hash, int64_t physical_offset, int64_t store_timestamp_ms);
  // Whether there is an entry for the record at this offset, which must not be older than the
  // newest one.
  bool Holds(int32_t hash, int64_t physical_offset) const;
  // Newest first, until `visit` answers false; see IndexFile::Find.
  void Find(int32_t hash, int64_t begin_ms, int64_t end_ms,
            const std::function<bool(int64_t physical_offset)>& visit) const;
  std::optional<IndexEnd> Newest() const;

  // Everything that was put before. When this returns Ok it survives power loss.
  Status Sync();
  // Deletes files all of whose records have left the log. The newest always stays.
  Status RemoveBefore(int64_t log_min);

 private:
  using Files = std::vector<std::shared_ptr<IndexFile>>;

  Files All() const;
  Result<std::shared_ptr<IndexFile>> Create();
  Status RemoveLast(Files* files);
  Status Repair(Files* files, const IndexTrust& trust, int64_t end);

  const Options options_;
  std::string last_name_;              // of the writing thread: a new name must be behind it
  Files loaded_;                       // of the writing thread, until Settle
  std::shared_ptr<IndexFile> newest_;  // of the writing thread
  std::shared_ptr<IndexFile> next_;    // of the writing thread: made, but without an entry yet
  std::atomic<bool> folder_synced_{true};
  mutable std::shared_mutex mutex_;
  Files files_;  // guarded by mutex_
};

}  // namespace rewindmq::store
