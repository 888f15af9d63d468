#include "broker/store/queue_rebuilder.h"

#include "broker/store/queue_name.h"
#include "common/base/log.h"

namespace rewindmq::store {
namespace {

constexpr int64_t kMaxBlankUnits = 1'000'000;

}  // namespace

QueueRebuilder::QueueRebuilder(QueueTable* queues, const DeletedTopics* deleted, Part part,
                               std::function<int64_t(const Record&)> tags_code_of)
    : queues_(queues), deleted_(deleted), part_(part), tags_code_of_(std::move(tags_code_of)) {}

bool QueueRebuilder::Add(const Record& record) {
  if (!IsConsumable(record.sys_flag)) return true;
  if (deleted_->Contains(record.topic, record.physical_offset)) return true;
  if (!CheckQueueName(record.topic, record.queue_id).ok() || record.queue_offset < 0) {
    spdlog::warn("the record at {} names no usable queue; only the log keeps it",
                 record.physical_offset);
    return true;
  }
  std::shared_ptr<ConsumeQueue> queue = queues_->FindOrCreate(record.topic, record.queue_id);
  status_ = Place(queue.get(), record);
  return status_.ok() && !gap_;
}

// A queue whose oldest messages expired starts late. A gap inside is filled with blanks, which
// readers pass over; one that is not believable is left, as it comes from a damaged record.
Status QueueRebuilder::FillGap(ConsumeQueue* queue, int64_t offset) {
  int64_t missing = offset - queue->max_offset();
  if (queue->max_offset() == queue->min_offset()) return queue->StartAt(offset);
  spdlog::error("{}: the log lacks messages {} to {}", queue->directory(), queue->max_offset(),
                offset - 1);
  if (missing > kMaxBlankUnits) return Status::Ok();
  REWIND_TRY(queue->Reserve(missing));
  for (int64_t i = 0; i < missing; ++i) queue->AppendBlank();
  return Status::Ok();
}

Status QueueRebuilder::Place(ConsumeQueue* queue, const Record& record) {
  int64_t offset = record.queue_offset;
  if (offset < queue->max_offset()) {
    std::optional<ConsumeQueueUnit> unit = queue->At(offset);
    // Older than the queue's files: it was there and has expired.
    if (!unit.has_value()) return Status::Ok();
    if (unit->physical_offset == record.physical_offset) {
      // Of a damaged unit only the size can be told; its tags code may be Java's own business.
      if (unit->record_bytes == record.total_bytes) return Status::Ok();
      queue->Overwrite(offset, {record.physical_offset, record.total_bytes, tags_code_of_(record)});
      return Status::Ok();
    }
    // The topic was deleted and made again, so its offsets start anew here; or the units are left
    // from a tail of the log that is gone.
    REWIND_TRY(queue->CutAt(offset));
  } else if (offset > queue->max_offset()) {
    if (part_ == Part::kTail) {
      gap_ = true;
      return Status::Ok();
    }
    REWIND_TRY(FillGap(queue, offset));
    if (queue->max_offset() != offset) return Status::Ok();
  }
  REWIND_TRY(queue->Reserve(1));
  queue->Append({record.physical_offset, record.total_bytes, tags_code_of_(record)});
  ++appended_;
  return Status::Ok();
}

}  // namespace rewindmq::store
