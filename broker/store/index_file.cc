#include "broker/store/index_file.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "common/base/bytes.h"

namespace rewindmq::store {
namespace {

constexpr int64_t kEndMsPosition = 8;
constexpr int64_t kBeginOffsetPosition = 16;
constexpr int64_t kEndOffsetPosition = 24;
constexpr int64_t kUsedSlotsPosition = 32;
constexpr int64_t kNextEntryPosition = 36;
constexpr int64_t kEntryOffsetPosition = 4;
constexpr int64_t kEntrySecondsPosition = 12;
constexpr int64_t kEntryPreviousPosition = 16;

constexpr int64_t kMsPerSecond = 1000;
// Larger times come from a damaged header; sums with this one do not overflow.
constexpr int64_t kMaxTimeMs = INT64_MAX / 4;
constexpr int64_t kReserveAheadBytes = 1 << 20;
constexpr size_t kCopyBytes = 4096;

int64_t SoundTime(int64_t time_ms) { return std::clamp<int64_t>(time_ms, 0, kMaxTimeMs); }

int32_t LoadSlot(int32_t* slot) {
  // A slot is changed while readers look at it, so it is read and written as one piece.
  int32_t raw = std::atomic_ref<int32_t>(*slot).load(std::memory_order_acquire);
  return LoadBe<int32_t>(&raw);
}

void StoreSlot(int32_t* slot, int32_t entry) {
  int32_t raw;
  StoreBe(&raw, entry);
  std::atomic_ref<int32_t>(*slot).store(raw, std::memory_order_release);
}

// Writes only what differs: the rest may be a hole that a full disk could not fill.
void CopyChanges(char* to, const char* from, size_t bytes) {
  for (size_t at = 0; at < bytes; at += kCopyBytes) {
    size_t part = std::min(kCopyBytes, bytes - at);
    if (std::memcmp(to + at, from + at, part) != 0) std::memcpy(to + at, from + at, part);
  }
}

}  // namespace

Result<std::shared_ptr<IndexFile>> IndexFile::Open(Disk* disk, const std::string& path,
                                                   IndexShape shape) {
  REWIND_TRY_ASSIGN(std::shared_ptr<Segment> segment,
                    disk->OpenSegment(path, 0, shape.file_bytes()));
  std::shared_ptr<IndexFile> file(new IndexFile(std::move(segment), shape));
  file->LoadHeader();
  return file;
}

void IndexFile::LoadHeader() {
  const char* header = segment_->At(0);
  begin_ms_ = SoundTime(LoadBe<int64_t>(header));
  end_ms_ = SoundTime(LoadBe<int64_t>(header + kEndMsPosition));
  begin_offset_ = LoadBe<int64_t>(header + kBeginOffsetPosition);
  end_offset_ = LoadBe<int64_t>(header + kEndOffsetPosition);
  used_slots_ = std::clamp(LoadBe<int32_t>(header + kUsedSlotsPosition), 0, shape_.slots);
  next_entry_ = std::clamp(LoadBe<int32_t>(header + kNextEntryPosition), 1, shape_.entries);
  synced_entry_ = next_entry_;
}

void IndexFile::StoreHeader() {
  char* header = segment_->At(0);
  StoreBe<int64_t>(header, begin_ms());
  StoreBe<int64_t>(header + kEndMsPosition, end_ms());
  StoreBe<int64_t>(header + kBeginOffsetPosition, begin_offset());
  StoreBe<int64_t>(header + kEndOffsetPosition, end_offset());
  StoreBe<int32_t>(header + kUsedSlotsPosition, used_slots_);
  StoreBe<int32_t>(header + kNextEntryPosition, next_entry_.load(std::memory_order_relaxed));
}

// All at once, as a file's slots are written in no order. A file that somebody copied or that Java
// made has holes there. Where blocks can be taken only by writing zeros, the content is put back.
Status IndexFile::ReserveSlots() {
  if (slots_reserved_) return Status::Ok();
  std::string saved;
  if (!empty()) saved.assign(segment_->At(0), static_cast<size_t>(shape_.slots_end()));
  Status reserved = segment_->Reserve(0, shape_.slots_end(), 0);
  CopyChanges(segment_->At(0), saved.data(), saved.size());
  REWIND_TRY(reserved);
  slots_reserved_ = true;
  return Status::Ok();
}

Status IndexFile::StartBehind(const IndexFile& previous) {
  REWIND_TRY(ReserveSlots());
  begin_ms_ = previous.end_ms();
  end_ms_ = previous.end_ms();
  begin_offset_ = previous.end_offset();
  end_offset_ = previous.end_offset();
  StoreHeader();
  return Status::Ok();
}

IndexFile::Entry IndexFile::EntryAt(int32_t entry) const {
  const char* from = segment_->At(EntryPosition(entry));
  return {LoadBe<int32_t>(from), LoadBe<int64_t>(from + kEntryOffsetPosition),
          LoadBe<int32_t>(from + kEntrySecondsPosition),
          LoadBe<int32_t>(from + kEntryPreviousPosition)};
}

int32_t* IndexFile::SlotOf(int32_t hash) const {
  // Files are mapped at page starts and slots begin at 40, so a slot is aligned.
  char* slot = segment_->At(kIndexHeaderBytes + kIndexSlotBytes * (hash % shape_.slots));
  return reinterpret_cast<int32_t*>(slot);
}

Status IndexFile::Put(int32_t hash, int64_t physical_offset, int64_t store_timestamp_ms) {
  REWIND_TRY(ReserveSlots());
  int32_t entry = next_entry_.load(std::memory_order_relaxed);
  int64_t position = EntryPosition(entry);
  REWIND_TRY(segment_->Reserve(position, position + kIndexEntryBytes, kReserveAheadBytes));
  int64_t time_ms = SoundTime(store_timestamp_ms);
  if (entry <= 1) {
    begin_ms_ = time_ms;
    begin_offset_ = physical_offset;
  }
  int64_t seconds = begin_ms() <= 0 ? 0 : (time_ms - begin_ms()) / kMsPerSecond;
  int32_t* slot = SlotOf(hash);
  int32_t previous = LoadSlot(slot);
  if (previous < 0 || previous >= entry) previous = 0;

  char* to = segment_->At(position);
  StoreBe<int32_t>(to, hash);
  StoreBe<int64_t>(to + kEntryOffsetPosition, physical_offset);
  StoreBe<int32_t>(to + kEntrySecondsPosition,
                   static_cast<int32_t>(std::clamp<int64_t>(seconds, 0, INT32_MAX)));
  StoreBe<int32_t>(to + kEntryPreviousPosition, previous);
  if (previous == 0) ++used_slots_;
  end_ms_ = time_ms;
  end_offset_ = physical_offset;
  // In this order: who finds the entry in its slot knows already that it exists.
  next_entry_.store(entry + 1, std::memory_order_release);
  StoreSlot(slot, entry);
  StoreHeader();
  return Status::Ok();
}

bool IndexFile::Find(int32_t hash, int64_t begin_ms, int64_t end_ms,
                     const std::function<bool(int64_t)>& visit) const {
  int32_t entry = LoadSlot(SlotOf(hash));
  const int32_t limit = next_entry();
  while (entry > 0 && entry < limit) {
    Entry found = EntryAt(entry);
    int64_t from_ms = this->begin_ms() + found.seconds * kMsPerSecond;
    int64_t to_ms = from_ms + kMsPerSecond - 1;
    if (found.seconds < 0 || to_ms < begin_ms) break;
    if (found.hash == hash && from_ms <= end_ms && !visit(found.physical_offset)) return false;
    if (found.previous >= entry) break;
    entry = found.previous;
  }
  return true;
}

Status IndexFile::Sync() {
  int32_t next = next_entry();
  if (next == synced_entry_) return Status::Ok();
  REWIND_TRY(segment_->Sync(0, shape_.slots_end()));
  REWIND_TRY(segment_->Sync(EntryPosition(synced_entry_), EntryPosition(next)));
  synced_entry_ = next;
  return Status::Ok();
}

// How many entries from the first on are as Put writes them.
int32_t IndexFile::CountWhole(int64_t end) const {
  int64_t last_offset = 0;
  for (int32_t entry = 1; entry < shape_.entries; ++entry) {
    Entry found = EntryAt(entry);
    bool unwritten = found.hash == 0 && found.physical_offset == 0 && found.seconds == 0;
    if (unwritten || found.hash < 0 || found.physical_offset < last_offset ||
        found.physical_offset >= end || found.seconds < 0 || found.previous < 0 ||
        found.previous >= entry) {
      return entry - 1;
    }
    last_offset = found.physical_offset;
  }
  return shape_.entries - 1;
}

bool IndexFile::EndsAsItSays() const {
  return empty() ||
         EntryAt(next_entry_.load(std::memory_order_relaxed) - 1).physical_offset == end_offset();
}

Status IndexFile::Rebuild(int64_t end,
                          const std::function<std::optional<int64_t>(int64_t)>& time_of) {
  int32_t count = CountWhole(end);
  REWIND_TRY(segment_->CutAt(EntryPosition(count + 1)));
  slots_reserved_ = false;
  REWIND_TRY(ReserveSlots());
  std::vector<int32_t> slots(static_cast<size_t>(shape_.slots), 0);
  used_slots_ = 0;
  for (int32_t entry = 1; entry <= count; ++entry) {
    int32_t* slot = &slots[static_cast<size_t>(EntryAt(entry).hash % shape_.slots)];
    if (*slot == 0) ++used_slots_;
    StoreBe(slot, entry);
  }
  CopyChanges(segment_->At(kIndexHeaderBytes), reinterpret_cast<const char*>(slots.data()),
              slots.size() * sizeof(int32_t));
  if (count > 0) {
    Entry first = EntryAt(1);
    Entry last = EntryAt(count);
    begin_offset_ = first.physical_offset;
    end_offset_ = last.physical_offset;
    begin_ms_ = SoundTime(time_of(first.physical_offset).value_or(begin_ms()));
    int64_t guess_ms = begin_ms() + last.seconds * kMsPerSecond;
    end_ms_ = SoundTime(time_of(last.physical_offset).value_or(guess_ms));
  }
  next_entry_ = count + 1;
  synced_entry_ = 0;
  StoreHeader();
  return Status::Ok();
}

}  // namespace rewindmq::store
