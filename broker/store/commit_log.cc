#include "broker/store/commit_log.h"

#include <algorithm>

#include "common/base/bytes.h"

namespace rewindmq::store {
namespace {

// Blocks taken at once by an appender that finds none ready.
constexpr int64_t kReserveAheadBytes = 1 << 20;

}  // namespace

Status CommitLog::CutAt(int64_t end) {
  current_ = nullptr;
  REWIND_TRY(segments_.CutAt(end));
  SetEnd(end);
  return Status::Ok();
}

Status CommitLog::ExtendTo(int64_t end) {
  int64_t first_base = end - end % segments_.segment_bytes();
  while (segments_.empty() || segments_.Last()->end_offset() < end) {
    REWIND_TRY(segments_.Append(first_base, SegmentList::SyncFolder::kYes).status());
  }
  return Status::Ok();
}

Result<std::shared_ptr<Segment>> CommitLog::SegmentFor(int64_t offset) {
  if (std::shared_ptr<Segment> found = segments_.Find(offset)) return found;
  std::lock_guard lock(extend_mutex_);
  if (std::shared_ptr<Segment> found = segments_.Find(offset)) return found;
  // Only the segment right behind the last one can be missing.
  int64_t base = offset - offset % segments_.segment_bytes();
  return segments_.Append(base, SegmentList::SyncFolder::kYes);
}

Result<CommitLog::Place> CommitLog::Prepare(int64_t bytes) {
  if (bytes + kBlankBytes > segments_.segment_bytes()) {
    return Status(ErrorCode::kInvalidArgument, "a record or batch of " + std::to_string(bytes) +
                                                   " bytes does not fit into a segment of " +
                                                   std::to_string(segments_.segment_bytes()) +
                                                   " bytes");
  }
  int64_t end = end_.load(std::memory_order_relaxed);
  if (current_ == nullptr || end >= current_->end_offset()) {
    REWIND_TRY_ASSIGN(current_, SegmentFor(end));
  }
  int64_t left = current_->end_offset() - end;
  if (bytes + kBlankBytes > left) {
    REWIND_TRY_ASSIGN(std::shared_ptr<Segment> next, SegmentFor(current_->end_offset()));
    REWIND_TRY(current_->Reserve(end, end + kBlankBytes, 0));
    REWIND_TRY(next->Reserve(next->base_offset(), next->base_offset() + bytes + kBlankBytes,
                             kReserveAheadBytes));
    StoreBe<int32_t>(current_->At(end) + sizeof(int32_t), kMagicBlank);
    StoreBe<int32_t>(current_->At(end), static_cast<int32_t>(left));
    end = next->base_offset();
    current_ = std::move(next);
    Publish(end);
  }
  REWIND_TRY(current_->Reserve(end, end + bytes + kBlankBytes, kReserveAheadBytes));
  return Place{current_->At(end), end};
}

Status CommitLog::MakeReady(int64_t from, int64_t end) {
  while (from < end) {
    REWIND_TRY_ASSIGN(std::shared_ptr<Segment> segment, SegmentFor(from));
    int64_t part_end = std::min(end, segment->end_offset());
    REWIND_TRY(segment->Reserve(from, part_end, 0));
    from = part_end;
  }
  return Status::Ok();
}

Result<bool> CommitLog::RemoveFirst() {
  std::lock_guard lock(extend_mutex_);
  std::shared_ptr<Segment> first = segments_.First();
  if (first == nullptr || first->end_offset() > end_offset()) return false;
  return segments_.RemoveFirst();
}

int64_t CommitLog::min_offset() const {
  std::shared_ptr<Segment> first = segments_.First();
  return first == nullptr ? 0 : first->base_offset();
}

std::optional<RecordView> CommitLog::RecordAt(int64_t physical_offset, int32_t bytes) const {
  int64_t end = end_offset();
  if (physical_offset < 0 || physical_offset > end - kMinRecordBytes) return std::nullopt;
  std::shared_ptr<Segment> segment = segments_.Find(physical_offset);
  if (segment == nullptr) return std::nullopt;
  int64_t limit = std::min(end, segment->end_offset()) - physical_offset;
  if (limit < kMinRecordBytes) return std::nullopt;
  const char* data = segment->At(physical_offset);
  int32_t size = LoadBe<int32_t>(data);
  int32_t magic = LoadBe<int32_t>(data + kMagicPosition);
  if ((magic != kMagicV1 && magic != kMagicV2) || size < kMinRecordBytes || size > limit ||
      (bytes != 0 && size != bytes) ||
      LoadBe<int64_t>(data + kPhysicalOffsetPosition) != physical_offset) {
    return std::nullopt;
  }
  return RecordView{std::string_view(data, static_cast<size_t>(size)), std::move(segment)};
}

Status CommitLog::Sync(int64_t from, int64_t end) {
  while (from < end) {
    std::shared_ptr<Segment> segment = segments_.Find(from);
    if (segment == nullptr) {  // deleted meanwhile: nothing of it is left to keep
      from += segments_.segment_bytes() - from % segments_.segment_bytes();
      continue;
    }
    int64_t part_end = std::min(end, segment->end_offset());
    REWIND_TRY(segment->Sync(from, part_end));
    from = part_end;
  }
  return Status::Ok();
}

}  // namespace rewindmq::store
