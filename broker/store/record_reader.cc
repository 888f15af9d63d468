#include "broker/store/record_reader.h"

#include "broker/store/damage_judge.h"
#include "broker/store/record.h"

namespace rewindmq::store {

std::optional<RecordView> RecordReader::Damaged(const ConsumeQueueUnit& unit, int64_t offset,
                                                const std::string& why) const {
  std::string message = "message " + std::to_string(offset) + " of queue " +
                        std::to_string(queue_id_) + " of topic " + std::string(topic_);
  quarantine_->Report(
      {unit.physical_offset, unit.end_offset(),
       PlaceInFile(log_.segments(), unit.physical_offset) + ", " + message + ": " + why});
  return std::nullopt;
}

std::optional<RecordView> RecordReader::Read(const ConsumeQueueUnit& unit, int64_t offset) const {
  if (unit.IsBlank() || unit.physical_offset < log_.min_offset()) return std::nullopt;
  std::optional<RecordView> view = log_.RecordAt(unit.physical_offset, unit.record_bytes);
  if (!view.has_value()) {
    // Retention may have taken the segment since the check above.
    if (unit.physical_offset < log_.min_offset()) return std::nullopt;
    return Damaged(unit, offset, "no record of this size is there");
  }
  Result<Record> record = DecodeRecord(view->bytes, CrcCheck::kVerify);
  if (!record.ok()) return Damaged(unit, offset, record.status().message());
  if (record->queue_offset != offset || record->queue_id != queue_id_ || record->topic != topic_) {
    return Damaged(unit, offset, "the consume queue names another message's record");
  }
  return view;
}

}  // namespace rewindmq::store
