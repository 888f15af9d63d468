#include "broker/store/record_reader.h"

#include "broker/store/damage_judge.h"
#include "broker/store/record.h"
#include "broker/store/unit_repair.h"

namespace rewindmq::store {

void RecordReader::Report(const ConsumeQueueUnit& unit, int64_t offset,
                          const std::string& why) const {
  quarantine_->Report({unit.physical_offset, unit.end_offset(),
                       PlaceInFile(log_.segments(), unit.physical_offset) + ", message " +
                           std::to_string(offset) + " of queue " + std::to_string(queue_id_) +
                           " of topic " + std::string(topic_) + ": " + why});
}

std::optional<RecordView> RecordReader::FindInLog(const ConsumeQueueUnit& unit,
                                                  int64_t offset) const {
  if (quarantine_->EndOf(unit.physical_offset).has_value()) {
    Report(unit, offset, "quarantined");
    return std::nullopt;
  }
  std::optional<RecordView> found = FindRecordOfUnit(log_, queue_, topic_, queue_id_, offset);
  const std::string place = "the unit in " + queue_.directory() + " does not name its record";
  Report(unit, offset,
         found.has_value() ? place + ", which was found in the log"
                           : place + ", and the record is not in the log");
  return found;
}

std::optional<RecordView> RecordReader::Read(const ConsumeQueueUnit& unit, int64_t offset) const {
  if (unit.IsBlank()) return std::nullopt;
  std::optional<RecordView> view = log_.RecordAt(unit.physical_offset, unit.record_bytes);
  if (!view.has_value()) {
    bool has_left_the_log = unit.physical_offset >= 0 && unit.physical_offset < log_.min_offset();
    if (has_left_the_log) return std::nullopt;
    return FindInLog(unit, offset);
  }
  Result<Record> record = DecodeRecord(view->bytes, CrcCheck::kVerify);
  if (!record.ok()) {
    Report(unit, offset, record.status().message());
    return std::nullopt;
  }
  if (record->queue_offset != offset || record->queue_id != queue_id_ || record->topic != topic_) {
    return FindInLog(unit, offset);
  }
  return view;
}

}  // namespace rewindmq::store
