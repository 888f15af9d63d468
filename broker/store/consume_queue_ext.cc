#include "broker/store/consume_queue_ext.h"

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "common/base/bytes.h"

namespace rewindmq::store {
namespace {

constexpr int64_t kSizeBytes = 2;
constexpr int64_t kTagsCodePosition = 2;
constexpr int64_t kTimePosition = 10;
constexpr int64_t kBitmapSizePosition = 18;
constexpr int16_t kRestIsBlank = -1;
// Java leaves so much behind the last unit of a segment.
constexpr int64_t kBlankBytes = 4;
constexpr int64_t kReserveAheadBytes = 64 * 1024;
// Addresses are positions seen from the smallest number; a larger position would look like a code.
constexpr int64_t kMaxPosition = INT64_MAX + int64_t{INT32_MIN};

int64_t AddressOf(int64_t position) { return INT64_MIN + position; }
int64_t PositionOf(int64_t address) { return address - INT64_MIN; }

// The size of the whole unit there, or 0.
int64_t UnitBytesAt(const Segment& segment, int64_t position) {
  int64_t rest = segment.end_offset() - position;
  if (rest < kMinQueueExtUnitBytes) return 0;
  const char* from = segment.At(position);
  int64_t bytes = LoadBe<int16_t>(from);
  int64_t bitmap_bytes = LoadBe<int16_t>(from + kBitmapSizePosition);
  bool whole = bitmap_bytes >= 0 && bytes == kMinQueueExtUnitBytes + bitmap_bytes && bytes <= rest;
  return whole ? bytes : 0;
}

}  // namespace

std::optional<QueueExtUnit> ConsumeQueueExt::At(int64_t address) const {
  if (!IsQueueExtAddress(address)) return std::nullopt;
  int64_t position = PositionOf(address);
  std::shared_ptr<Segment> segment = segments_.Find(position);
  if (segment == nullptr) return std::nullopt;
  int64_t bytes = UnitBytesAt(*segment, position);
  if (bytes == 0) return std::nullopt;
  const char* from = segment->At(position);
  QueueExtUnit unit;
  unit.tags_code = LoadBe<int64_t>(from + kTagsCodePosition);
  unit.store_timestamp_ms = LoadBe<int64_t>(from + kTimePosition);
  unit.bitmap.assign(from + kMinQueueExtUnitBytes,
                     static_cast<size_t>(bytes - kMinQueueExtUnitBytes));
  return unit;
}

// Behind the last whole unit of the last segment.
int64_t ConsumeQueueExt::FindEnd() const {
  std::shared_ptr<Segment> last = segments_.Last();
  if (last == nullptr) return 0;
  int64_t position = last->base_offset();
  while (int64_t bytes = UnitBytesAt(*last, position)) position += bytes;
  bool full = last->end_offset() - position >= kSizeBytes &&
              LoadBe<int16_t>(last->At(position)) == kRestIsBlank;
  return full ? last->end_offset() : position;
}

Result<std::shared_ptr<Segment>> ConsumeQueueExt::RoomFor(int64_t bytes) {
  if (end_ < 0) end_ = FindEnd();
  std::shared_ptr<Segment> segment = segments_.Find(end_);
  if (segment != nullptr && bytes > segment->end_offset() - end_ - kBlankBytes) {
    REWIND_TRY(segment->Reserve(end_, std::min(end_ + kSizeBytes, segment->end_offset()), 0));
    if (segment->end_offset() - end_ >= kSizeBytes) {
      StoreBe<int16_t>(segment->At(end_), kRestIsBlank);
    }
    end_ = segment->end_offset();
    segment = segments_.Find(end_);
  }
  if (segment == nullptr) {
    REWIND_TRY_ASSIGN(segment, segments_.Append(end_, SegmentList::SyncFolder::kNo));
  }
  REWIND_TRY(segment->Reserve(end_, end_ + bytes, kReserveAheadBytes));
  return segment;
}

Result<int64_t> ConsumeQueueExt::Append(const QueueExtUnit& unit) {
  int64_t bytes = unit.bytes();
  if (bytes > std::min(kMaxQueueExtUnitBytes, segments_.segment_bytes() - kBlankBytes)) {
    return Status(ErrorCode::kInvalidArgument, "a filter bitmap of " +
                                                   std::to_string(unit.bitmap.size()) +
                                                   " bytes does not fit a queue's extension");
  }
  if (end_ > kMaxPosition - segments_.segment_bytes()) {
    return Status(ErrorCode::kResourceExhausted, "the queue's extension is full");
  }
  REWIND_TRY_ASSIGN(std::shared_ptr<Segment> segment, RoomFor(bytes));
  char* to = segment->At(end_);
  StoreBe<int64_t>(to + kTagsCodePosition, unit.tags_code);
  StoreBe<int64_t>(to + kTimePosition, unit.store_timestamp_ms);
  StoreBe<int16_t>(to + kBitmapSizePosition, static_cast<int16_t>(unit.bitmap.size()));
  std::memcpy(to + kMinQueueExtUnitBytes, unit.bitmap.data(), unit.bitmap.size());
  StoreBe<int16_t>(to, static_cast<int16_t>(bytes));
  int64_t address = AddressOf(end_);
  end_ += bytes;
  appended_.store(end_, std::memory_order_release);
  return address;
}

Status ConsumeQueueExt::Flush() {
  int64_t end = appended_.load(std::memory_order_acquire);
  if (end <= flushed_) return Status::Ok();
  for (const std::shared_ptr<Segment>& segment : segments_.All()) {
    // What was there at the start may have been written shortly before, by a process that died.
    int64_t from = std::max(flushed_, segment->base_offset());
    int64_t part_end = std::min(end, segment->end_offset());
    if (from < part_end) REWIND_TRY(segment->Sync(from, part_end));
  }
  FileSystem& files = segments_.disk().files();
  std::filesystem::path folder(segments_.directory());
  bool new_segment = flushed_ / segments_.segment_bytes() != (end - 1) / segments_.segment_bytes();
  // The queue's, the topic's and the root's folder are new together with the first segment.
  int levels = flushed_ == 0 ? 4 : new_segment ? 1 : 0;
  for (int level = 0; level < levels && files.Exists(folder.string()); ++level) {
    REWIND_TRY(files.SyncDirectory(folder.string()));
    folder = folder.parent_path();
  }
  flushed_ = end;
  return Status::Ok();
}

Status ConsumeQueueExt::CutBehind(std::optional<int64_t> last_address) {
  if (segments_.empty()) return Status::Ok();
  int64_t end = segments_.First()->base_offset();
  if (last_address.has_value()) {
    int64_t position = PositionOf(*last_address);
    std::shared_ptr<Segment> segment = segments_.Find(position);
    // The address names what was lost; nothing new may stand there.
    if (segment == nullptr) {
      end_ = -1;
      return Status::Ok();
    }
    int64_t bytes = std::max(UnitBytesAt(*segment, position), kMinQueueExtUnitBytes);
    end = std::min(position + bytes, segment->end_offset());
  }
  REWIND_TRY(segments_.CutAt(end));
  end_ = segments_.empty() ? 0 : end;
  flushed_ = std::min(flushed_, end);
  return Status::Ok();
}

Status ConsumeQueueExt::RemoveBefore(int64_t first_address) {
  if (!IsQueueExtAddress(first_address)) return Status::Ok();
  while (std::shared_ptr<Segment> first = segments_.First()) {
    if (first->end_offset() > PositionOf(first_address)) break;
    REWIND_TRY_ASSIGN(bool removed, segments_.RemoveFirst());
    if (!removed) break;
  }
  return Status::Ok();
}

}  // namespace rewindmq::store
