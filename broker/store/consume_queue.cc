#include "broker/store/consume_queue.h"

#include <algorithm>
#include <filesystem>

#include "common/base/bytes.h"

namespace rewindmq::store {
namespace {

constexpr int64_t kRecordBytesPosition = 8;
constexpr int64_t kTagsCodePosition = 12;
// Blocks taken with those that are needed: small, as a broker has thousands of idle queues.
constexpr int64_t kReserveAheadBytes = 16 * 1024;

ConsumeQueueUnit LoadUnit(const char* from) {
  return {LoadBe<int64_t>(from), LoadBe<int32_t>(from + kRecordBytesPosition),
          LoadBe<int64_t>(from + kTagsCodePosition)};
}

void StoreUnit(char* to, const ConsumeQueueUnit& unit) {
  StoreBe<int64_t>(to, unit.physical_offset);
  StoreBe<int32_t>(to + kRecordBytesPosition, unit.record_bytes);
  StoreBe<int64_t>(to + kTagsCodePosition, unit.tags_code);
}

// A written unit has a size, so it is never all zeros, not even when bits of it are damaged.
bool IsWritten(const char* unit) {
  return std::any_of(unit, unit + kConsumeQueueUnitBytes, [](char c) { return c != 0; });
}

// The first number in [low, high) for which `holds`, which must stay true once it is; else high.
template <typename Predicate>
int64_t FirstWhere(int64_t low, int64_t high, Predicate holds) {
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    if (holds(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

}  // namespace

ConsumeQueueUnit ConsumeQueue::Run::operator[](int64_t index) const {
  return LoadUnit(data_ + index * kConsumeQueueUnitBytes);
}

int64_t ConsumeQueue::FirstUnit() const {
  std::shared_ptr<Segment> first = segments_.First();
  return first == nullptr ? 0 : first->base_offset() / kConsumeQueueUnitBytes;
}

// Units are written front to back, so the written ones end where a binary search says.
int64_t ConsumeQueue::CountUnits(const Segment& segment) const {
  int64_t data_bytes = segment.DataEnd() - segment.base_offset();
  int64_t most = (data_bytes + kConsumeQueueUnitBytes - 1) / kConsumeQueueUnitBytes;
  most = std::min(most, segment.bytes() / kConsumeQueueUnitBytes);
  return FirstWhere(0, most, [&](int64_t index) {
    return !IsWritten(segment.At(segment.base_offset() + index * kConsumeQueueUnitBytes));
  });
}

Status ConsumeQueue::Load() {
  REWIND_TRY(segments_.Load());
  std::vector<std::shared_ptr<Segment>> all = segments_.All();
  int64_t max = FirstUnit();
  bool ended = false;
  for (const std::shared_ptr<Segment>& segment : all) {
    int64_t count = CountUnits(*segment);
    if (ended && count > 0) {
      return Status(ErrorCode::kCorruption,
                    segment->path() + " has units behind a segment that is not full");
    }
    max += count;
    ended = ended || count < segment->bytes() / kConsumeQueueUnitBytes;
  }
  max_offset_.store(max, std::memory_order_release);
  min_offset_.store(std::min(FirstUnit(), max), std::memory_order_release);
  // What a killed process left may be only in the page cache; who flushes next makes it last.
  flushed_offset_ = FirstUnit();
  folder_synced_ = false;
  return Status::Ok();
}

Status ConsumeQueue::Reserve(int64_t count) {
  int64_t from = max_offset_.load(std::memory_order_relaxed) * kConsumeQueueUnitBytes;
  int64_t end = from + count * kConsumeQueueUnitBytes;
  while (from < end) {
    if (current_ == nullptr || from < current_->base_offset() || from >= current_->end_offset()) {
      current_ = segments_.Find(from);
    }
    if (current_ == nullptr) {
      int64_t base = from - from % segments_.segment_bytes();
      REWIND_TRY_ASSIGN(current_, segments_.Append(base, SegmentList::SyncFolder::kNo));
    }
    int64_t part_end = std::min(end, current_->end_offset());
    REWIND_TRY(current_->Reserve(from, part_end, kReserveAheadBytes));
    from = part_end;
  }
  return Status::Ok();
}

void ConsumeQueue::Append(const ConsumeQueueUnit& unit) {
  int64_t offset = max_offset_.load(std::memory_order_relaxed);
  int64_t position = offset * kConsumeQueueUnitBytes;
  if (position < current_->base_offset() || position >= current_->end_offset()) {
    current_ = segments_.Find(position);
  }
  StoreUnit(current_->At(position), unit);
  max_offset_.store(offset + 1, std::memory_order_release);
}

void ConsumeQueue::AppendBlank() { Append({0, ConsumeQueueUnit::kBlankRecordBytes, 0}); }

std::optional<ConsumeQueueUnit> ConsumeQueue::At(int64_t offset) const {
  Run run = RunAt(offset);
  if (run.size() == 0) return std::nullopt;
  return run[0];
}

ConsumeQueue::Run ConsumeQueue::RunAt(int64_t offset) const {
  Run run;
  int64_t max = max_offset();
  if (offset < 0 || offset >= max) return run;
  int64_t position = offset * kConsumeQueueUnitBytes;
  run.segment_ = segments_.Find(position);
  if (run.segment_ == nullptr) return run;
  run.data_ = run.segment_->At(position);
  run.count_ = (std::min(max * kConsumeQueueUnitBytes, run.segment_->end_offset()) - position) /
               kConsumeQueueUnitBytes;
  return run;
}

Status ConsumeQueue::Flush() {
  int64_t max = max_offset();
  if (flushed_offset_ >= max) return Status::Ok();
  int64_t from = std::max(flushed_offset_, FirstUnit()) * kConsumeQueueUnitBytes;
  int64_t end = max * kConsumeQueueUnitBytes;
  while (from < end) {
    std::shared_ptr<Segment> segment = segments_.Find(from);
    if (segment == nullptr) return Status::Ok();  // deleted meanwhile; the next round goes on
    int64_t part_end = std::min(end, segment->end_offset());
    REWIND_TRY(segment->Sync(from, part_end));
    folder_synced_ = folder_synced_ && from != segment->base_offset();
    from = part_end;
  }
  if (!folder_synced_) {
    // A new file, and perhaps a new queue and topic folder: all three names must last.
    FileSystem& files = segments_.disk().files();
    std::filesystem::path folder(directory());
    for (int level = 0; level < 3 && files.Exists(folder.string()); ++level) {
      REWIND_TRY(files.SyncDirectory(folder.string()));
      folder = folder.parent_path();
    }
    folder_synced_ = true;
  }
  flushed_offset_ = max;
  return Status::Ok();
}

Status ConsumeQueue::StartAt(int64_t offset) {
  int64_t position = offset * kConsumeQueueUnitBytes;
  int64_t base = position - position % segments_.segment_bytes();
  int64_t blanks = (position - base) / kConsumeQueueUnitBytes;
  max_offset_.store(base / kConsumeQueueUnitBytes, std::memory_order_release);
  if (blanks > 0) REWIND_TRY(Reserve(blanks));
  for (int64_t i = 0; i < blanks; ++i) AppendBlank();
  min_offset_.store(offset, std::memory_order_release);
  return Status::Ok();
}

void ConsumeQueue::Overwrite(int64_t offset, const ConsumeQueueUnit& unit) {
  int64_t position = offset * kConsumeQueueUnitBytes;
  if (std::shared_ptr<Segment> segment = segments_.Find(position)) {
    StoreUnit(segment->At(position), unit);
    flushed_offset_ = std::min(flushed_offset_, offset);
  }
}

Status ConsumeQueue::CutAt(int64_t offset) {
  current_ = nullptr;
  int64_t position = offset * kConsumeQueueUnitBytes;
  if (segments_.HasDataFrom(position)) REWIND_TRY(segments_.CutAt(position));
  max_offset_.store(offset, std::memory_order_release);
  min_offset_.store(std::min(min_offset(), offset), std::memory_order_release);
  flushed_offset_ = std::min(flushed_offset_, offset);
  return Status::Ok();
}

// A unit of a record that the log lost names a place between the log's end and where its files had
// reached. Power loss also leaves units of zeros in front of others, and the first one behind them
// may have lost its first half: it then names a record near the log's start. What names any other
// place is damaged, and its message is still there.
bool ConsumeQueue::MayBeLast(int64_t offset, int64_t log_end, int64_t files_end) const {
  ConsumeQueueUnit unit = At(offset).value_or(ConsumeQueueUnit{});
  if (unit.IsBlank()) return true;
  if (unit.record_bytes == 0) return false;
  if (unit.physical_offset >= log_end && unit.physical_offset < files_end) return false;
  if (offset == FirstUnit()) return true;
  return At(offset - 1).value_or(ConsumeQueueUnit{}).record_bytes != 0;
}

Status ConsumeQueue::CutBehind(int64_t log_end, int64_t files_end) {
  int64_t max = max_offset();
  int64_t kept = max;
  while (kept > FirstUnit() && !MayBeLast(kept - 1, log_end, files_end)) --kept;
  return kept == max ? Status::Ok() : CutAt(kept);
}

Status ConsumeQueue::DeleteBefore(int64_t log_min) {
  CorrectMin(log_min);
  while (std::shared_ptr<Segment> first = segments_.First()) {
    if (first->end_offset() > min_offset() * kConsumeQueueUnitBytes) break;
    REWIND_TRY_ASSIGN(bool removed, segments_.RemoveFirst());
    if (!removed) break;
  }
  return Status::Ok();
}

// Blank units tell nothing; the next other one does.
bool ConsumeQueue::LooksExpired(int64_t offset, int64_t log_min) const {
  std::optional<ConsumeQueueUnit> unit = At(offset);
  while (unit.has_value() && unit->IsBlank()) unit = At(++offset);
  return unit.has_value() && unit->physical_offset >= 0 && unit->physical_offset < log_min;
}

// Two neighbours outvote a unit, so that one damaged unit cannot hide all those before it.
bool ConsumeQueue::IsExpired(int64_t offset, int64_t log_min) const {
  bool own = LooksExpired(offset, log_min);
  if (offset <= FirstUnit() || offset + 1 >= max_offset()) return own;
  bool before = LooksExpired(offset - 1, log_min);
  bool behind = LooksExpired(offset + 1, log_min);
  return before == behind ? before : own;
}

void ConsumeQueue::CorrectMin(int64_t log_min) {
  const int64_t max = max_offset();
  int64_t first =
      FirstWhere(FirstUnit(), max, [&](int64_t offset) { return !IsExpired(offset, log_min); });
  while (first < max && At(first).value_or(ConsumeQueueUnit{}).IsBlank()) ++first;
  min_offset_.store(first, std::memory_order_release);
}

}  // namespace rewindmq::store
