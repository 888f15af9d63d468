#pragma once
// One file of the message index: a hash table of keys to places in the log (RocketMQ's IndexFile
// and IndexHeader), big-endian:
//   0 begin time 8 | end time 8 | begin physical offset 8 | end physical offset 8
//   32 used slots 4 | next free entry 4 (starts at 1; entry 0 is not used)
//   40 slots of 4 bytes: the number of the newest entry of that slot, 0 for none
//   entries of 20 bytes: key hash 4 | physical offset 8 | seconds since begin time 4 | the slot's
//   entry before this one 4
// Entries never change once written; slots and header can be built from them again (Rebuild).
//
// A file's content is not trusted: every walk goes to smaller entry numbers only, so that it ends.
// Thread safety: Find and the getters from any thread at any time; Put, StartBehind and Rebuild by
// one thread; Sync by one thread, which may be another. Times are store times in milliseconds.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "broker/store/disk.h"
#include "common/base/status.h"

namespace rewindmq::store {

inline constexpr int64_t kIndexHeaderBytes = 40;
inline constexpr int64_t kIndexSlotBytes = 4;
inline constexpr int64_t kIndexEntryBytes = 20;

struct IndexShape {
  int32_t slots = 5'000'000;     // Java's maxHashSlotNum
  int32_t entries = 20'000'000;  // Java's maxIndexNum; one less can be used

  int64_t slots_end() const { return kIndexHeaderBytes + kIndexSlotBytes * slots; }
  int64_t file_bytes() const { return slots_end() + kIndexEntryBytes * entries; }
};

class IndexFile {
 public:
  // Makes the file when it is missing.
  static Result<std::shared_ptr<IndexFile>> Open(Disk* disk, const std::string& path,
                                                 IndexShape shape);

  const std::string& path() const { return segment_->path(); }
  int32_t next_entry() const { return next_entry_.load(std::memory_order_acquire); }
  bool empty() const { return next_entry() <= 1; }
  bool full() const { return next_entry() >= shape_.entries; }
  int64_t begin_ms() const { return begin_ms_.load(std::memory_order_relaxed); }
  int64_t end_ms() const { return end_ms_.load(std::memory_order_relaxed); }
  int64_t begin_offset() const { return begin_offset_.load(std::memory_order_relaxed); }
  // Of the last record that has an entry; not the byte behind it.
  int64_t end_offset() const { return end_offset_.load(std::memory_order_relaxed); }

  // For an empty file that follows a full one: it begins where that one ended, until its own first
  // entry says better. Java finds from that where to go on.
  Status StartBehind(const IndexFile& previous);
  // The file must not be full. kResourceExhausted when the disk is.
  Status Put(int32_t hash, int64_t physical_offset, int64_t store_timestamp_ms);

  // Gives the physical offsets of entries with this hash, newest first, until `visit` answers
  // false; then this is false too. Entries know their time to the second, so that some just
  // outside of [begin_ms, end_ms] may come along.
  bool Find(int32_t hash, int64_t begin_ms, int64_t end_ms,
            const std::function<bool(int64_t physical_offset)>& visit) const;

  // Everything that was put before. When this returns Ok it survives power loss.
  Status Sync();

  // Whether the newest entry is the one that the header speaks of; a file that was cut short has
  // zeros there.
  bool EndsAsItSays() const;
  // Keeps the entries from the front up to the first that is damaged or belongs to a record at or
  // behind `end`; builds slots and header from them. `time_of` knows the store times of records,
  // as entries have only seconds. Nobody else may use the file meanwhile.
  Status Rebuild(int64_t end,
                 const std::function<std::optional<int64_t>(int64_t physical_offset)>& time_of);
  Status Unlink() { return segment_->Unlink(); }

 private:
  struct Entry {
    int32_t hash;
    int64_t physical_offset;
    int32_t seconds;
    int32_t previous;
  };

  IndexFile(std::shared_ptr<Segment> segment, IndexShape shape)
      : segment_(std::move(segment)), shape_(shape) {}

  void LoadHeader();
  void StoreHeader();
  Status ReserveSlots();
  int64_t EntryPosition(int32_t entry) const {
    return shape_.slots_end() + kIndexEntryBytes * entry;
  }
  Entry EntryAt(int32_t entry) const;
  int32_t* SlotOf(int32_t hash) const;
  int32_t CountWhole(int64_t end) const;

  const std::shared_ptr<Segment> segment_;
  const IndexShape shape_;
  std::atomic<int32_t> next_entry_{1};
  std::atomic<int64_t> begin_ms_{0};
  std::atomic<int64_t> end_ms_{0};
  std::atomic<int64_t> begin_offset_{0};
  std::atomic<int64_t> end_offset_{0};
  int32_t used_slots_ = 0;       // of the writing thread
  bool slots_reserved_ = false;  // of the writing thread
  int32_t synced_entry_ = 0;     // of the syncing thread: those before it are on disk
};

}  // namespace rewindmq::store
