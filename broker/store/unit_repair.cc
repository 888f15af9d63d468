#include "broker/store/unit_repair.h"

#include <algorithm>

#include "broker/store/record.h"

namespace rewindmq::store {
namespace {

constexpr int64_t kMaxNeighbours = 16;
constexpr int64_t kMaxWalkBytes = 256 << 20;

class UnitRepair {
 public:
  UnitRepair(const CommitLog& log, const ConsumeQueue& queue, std::string_view topic,
             int32_t queue_id)
      : log_(log), queue_(queue), topic_(topic), queue_id_(queue_id) {}

  std::optional<RecordView> Find(int64_t offset) const {
    int64_t at = WalkFrom(offset);
    const int64_t to = std::min(WalkTo(offset), at + kMaxWalkBytes);
    while (at < to) {
      std::optional<RecordView> view = log_.RecordAt(at);
      if (!view.has_value()) {  // the end of a segment, or a damaged record: its size is not known
        at += segment_bytes() - at % segment_bytes();
        continue;
      }
      if (IsMessage(*view, offset, CrcCheck::kVerify)) return view;
      at += static_cast<int64_t>(view->bytes.size());
    }
    return std::nullopt;
  }

 private:
  int64_t segment_bytes() const { return log_.segments().segment_bytes(); }

  bool IsMessage(const RecordView& view, int64_t offset, CrcCheck crc) const {
    Result<Record> record = DecodeRecord(view.bytes, crc);
    return record.ok() && record->queue_offset == offset && record->queue_id == queue_id_ &&
           record->topic == topic_;
  }

  // The unit at `offset` when it names the record of that message.
  std::optional<ConsumeQueueUnit> SoundUnit(int64_t offset) const {
    std::optional<ConsumeQueueUnit> unit = queue_.At(offset);
    if (!unit.has_value()) return std::nullopt;
    std::optional<RecordView> view = log_.RecordAt(unit->physical_offset, unit->record_bytes);
    if (!view.has_value() || !IsMessage(*view, offset, CrcCheck::kSkip)) return std::nullopt;
    return unit;
  }

  int64_t WalkFrom(int64_t offset) const {
    for (int64_t i = offset - 1; i >= std::max(queue_.min_offset(), offset - kMaxNeighbours); --i) {
      if (std::optional<ConsumeQueueUnit> unit = SoundUnit(i)) return unit->end_offset();
    }
    return log_.min_offset();
  }

  int64_t WalkTo(int64_t offset) const {
    for (int64_t i = offset + 1; i <= offset + kMaxNeighbours; ++i) {
      if (std::optional<ConsumeQueueUnit> unit = SoundUnit(i)) return unit->physical_offset;
    }
    return log_.end_offset();
  }

  const CommitLog& log_;
  const ConsumeQueue& queue_;
  const std::string_view topic_;
  const int32_t queue_id_;
};

}  // namespace

std::optional<RecordView> FindRecordOfUnit(const CommitLog& log, const ConsumeQueue& queue,
                                           std::string_view topic, int32_t queue_id,
                                           int64_t offset) {
  return UnitRepair(log, queue, topic, queue_id).Find(offset);
}

}  // namespace rewindmq::store
