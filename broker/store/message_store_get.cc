// Reading messages and questions about queues.

#include <algorithm>

#include "broker/store/message_store.h"
#include "broker/store/offset_by_time.h"
#include "broker/store/record.h"
#include "broker/store/record_reader.h"
#include "broker/store/store_parts.h"

namespace rewindmq::store {
namespace {

// How much of a consume queue one Get looks through, as in RocketMQ: a filter that nothing passes
// must not walk the whole queue in one call.
constexpr int64_t kScanUnits = 16000 / kConsumeQueueUnitBytes;
constexpr int32_t kMaxMessagesPerGet = 10'000;
constexpr int64_t kMaxDamagedNeighbours = 1000;

// The answer when the offset is not inside the queue; empty when it is.
std::optional<GetStatus> OutsideStatus(int64_t offset, GetResult* result) {
  if (result->max_offset == 0) {
    result->next_begin_offset = 0;
    return GetStatus::kNoMessageInQueue;
  }
  if (offset < result->min_offset) {
    result->next_begin_offset = result->min_offset;
    return GetStatus::kOffsetTooSmall;
  }
  if (offset == result->max_offset) {
    result->next_begin_offset = offset;
    return GetStatus::kOffsetOverflowOne;
  }
  if (offset > result->max_offset) {
    result->next_begin_offset = result->max_offset;
    return GetStatus::kOffsetOverflowBadly;
  }
  return std::nullopt;
}

// One Get's walk along the queue.
class Collector {
 public:
  using Wants = std::function<bool(const ConsumeQueueUnit& unit)>;
  // `wants` passes a unit to the result.
  // `wants_properties` passes a message that was read.
  Collector(const RecordReader& reader, int32_t max_messages, int64_t max_bytes, Wants wants,
            const PropertiesFilter& wants_properties, GetResult* result)
      : reader_(reader),
        max_messages_(std::clamp(max_messages, 1, kMaxMessagesPerGet)),
        max_bytes_(max_bytes),
        wants_(std::move(wants)),
        wants_properties_(wants_properties),
        result_(result) {
    result_->status = GetStatus::kNoMatchedMessage;
  }

  int64_t scan_limit() const { return std::max<int64_t>(kScanUnits, max_messages_); }

  // False when the result is full and the unit does not belong to it.
  bool Add(const ConsumeQueueUnit& unit, int64_t offset) {
    if (static_cast<int32_t>(result_->records.size()) >= max_messages_) return false;
    if (wants_ && !wants_(unit)) return true;
    if (!result_->records.empty() && result_->total_bytes + unit.record_bytes > max_bytes_) {
      return false;
    }
    std::optional<RecordView> record = reader_.Read(unit, offset);
    if (!record.has_value()) {
      if (result_->records.empty()) result_->status = GetStatus::kMessageWasRemoving;
      return true;
    }
    if (wants_properties_ && !WantsRecord(record->bytes)) return true;
    result_->status = GetStatus::kFound;
    result_->total_bytes += unit.record_bytes;
    result_->records.push_back(std::move(*record));
    return true;
  }

 private:
  bool WantsRecord(std::string_view bytes) const {
    Result<Record> record = DecodeRecord(bytes, CrcCheck::kSkip);  // checked when it was read
    return record.ok() && wants_properties_(record->properties);
  }

  const RecordReader& reader_;
  const int32_t max_messages_;
  const int64_t max_bytes_;
  const Wants wants_;
  const PropertiesFilter& wants_properties_;
  GetResult* const result_;
};

}  // namespace

GetResult MessageStore::Get(std::string_view topic, int32_t queue_id, int64_t offset,
                            int32_t max_messages, int64_t max_bytes, const TagsFilter& filter,
                            const PropertiesFilter& properties_filter) const {
  GetResult result;
  std::shared_ptr<ConsumeQueue> queue = parts_->FindQueue(topic, queue_id);
  if (queue == nullptr) return result;
  result.min_offset = queue->min_offset();
  result.max_offset = queue->max_offset();
  if (std::optional<GetStatus> outside = OutsideStatus(offset, &result)) {
    result.status = *outside;
    return result;
  }
  RecordReader reader(parts_->log, *queue, &parts_->quarantine, topic, queue_id);
  Collector::Wants wants;
  if (filter) {
    wants = [&](const ConsumeQueueUnit& unit) {
      std::optional<int64_t> tags_code = parts_->TagsCodeOf(topic, queue_id, unit);
      return !tags_code.has_value() || filter(*tags_code);
    };
  }
  Collector collector(reader, max_messages, max_bytes, std::move(wants), properties_filter,
                      &result);
  const int64_t stop = std::min(result.max_offset, offset + collector.scan_limit());
  int64_t next = offset;
  bool full = false;
  while (next < stop && !full) {
    ConsumeQueue::Run run = queue->RunAt(next);
    if (run.size() == 0) {  // its segment was deleted just now
      if (result.records.empty()) result.status = GetStatus::kOffsetFoundNull;
      break;
    }
    int64_t units = std::min(run.size(), stop - next);
    for (int64_t i = 0; i < units && !full; ++i) {
      full = !collector.Add(run[i], next);
      if (!full) ++next;
    }
  }
  result.next_begin_offset = next;
  return result;
}

int64_t MessageStore::MaxOffset(std::string_view topic, int32_t queue_id) const {
  std::shared_ptr<ConsumeQueue> queue = parts_->FindQueue(topic, queue_id);
  return queue == nullptr ? 0 : queue->max_offset();
}

int64_t MessageStore::MinOffset(std::string_view topic, int32_t queue_id) const {
  std::shared_ptr<ConsumeQueue> queue = parts_->FindQueue(topic, queue_id);
  return queue == nullptr ? 0 : queue->min_offset();
}

bool MessageStore::HasQueue(std::string_view topic, int32_t queue_id) const {
  return parts_->FindQueue(topic, queue_id) != nullptr;
}

std::optional<int64_t> MessageStore::Parts::TagsCodeOf(std::string_view topic, int32_t queue_id,
                                                       const ConsumeQueueUnit& unit) const {
  if (!IsQueueExtAddress(unit.tags_code)) return unit.tags_code;
  std::optional<RecordView> view = log.RecordAt(unit.physical_offset, unit.record_bytes);
  if (!view.has_value()) return std::nullopt;
  std::optional<QueueExtUnit> extension = extensions.At(topic, queue_id, unit.tags_code);
  // The extension of another message can stand there after a crash.
  if (extension.has_value() && extension->store_timestamp_ms == StoreTimestampOf(view->bytes)) {
    return extension->tags_code;
  }
  Result<Record> record = DecodeRecord(view->bytes, CrcCheck::kSkip);
  if (!record.ok()) return std::nullopt;
  return options.tags_code_of(*record);
}

std::optional<int64_t> MessageStore::Parts::TimeAt(const ConsumeQueue& queue,
                                                   int64_t offset) const {
  std::optional<ConsumeQueueUnit> unit = queue.At(offset);
  if (!unit.has_value()) return std::nullopt;
  std::optional<RecordView> record = log.RecordAt(unit->physical_offset, unit->record_bytes);
  if (!record.has_value() || QueueOffsetOf(record->bytes) != offset) return std::nullopt;
  return StoreTimestampOf(record->bytes);
}

int64_t MessageStore::Parts::TimeNear(const ConsumeQueue& queue, int64_t offset) const {
  std::optional<ConsumeQueueUnit> unit = queue.At(offset);
  const bool has_expired = unit.has_value() && !unit->IsBlank() && unit->physical_offset >= 0 &&
                           unit->physical_offset < log.min_offset();
  if (has_expired) return 0;
  for (int64_t step = 0; step < kMaxDamagedNeighbours; ++step) {
    if (std::optional<int64_t> time = TimeAt(queue, offset + step)) return *time;
    if (std::optional<int64_t> time = TimeAt(queue, offset - step)) return *time;
  }
  return 0;
}

int64_t MessageStore::OffsetByTime(std::string_view topic, int32_t queue_id, int64_t timestamp_ms,
                                   Boundary boundary) const {
  std::shared_ptr<ConsumeQueue> queue = parts_->FindQueue(topic, queue_id);
  if (queue == nullptr) return 0;
  auto time_at = [&](int64_t offset) { return parts_->TimeNear(*queue, offset); };
  return SearchOffsetByTime(queue->min_offset(), queue->max_offset(), timestamp_ms, boundary,
                            time_at);
}

std::optional<int64_t> MessageStore::StoreTimestampAt(std::string_view topic, int32_t queue_id,
                                                      int64_t offset) const {
  std::shared_ptr<ConsumeQueue> queue = parts_->FindQueue(topic, queue_id);
  if (queue == nullptr) return std::nullopt;
  return parts_->TimeAt(*queue, offset);
}

int64_t MessageStore::EarliestStoreTimestamp(std::string_view topic, int32_t queue_id) const {
  std::shared_ptr<ConsumeQueue> queue = parts_->FindQueue(topic, queue_id);
  if (queue == nullptr) return -1;
  return parts_->TimeAt(*queue, queue->min_offset()).value_or(-1);
}

KeyQueryResult MessageStore::QueryByKey(const KeyQuery& query) const {
  if (parts_->indexer == nullptr) return {};
  return QueryIndex(parts_->indexer->table(), parts_->log, query);
}

std::optional<RecordView> MessageStore::RecordAt(int64_t physical_offset) const {
  return parts_->log.RecordAt(physical_offset);
}

std::vector<DamagedRange> MessageStore::Damages() const { return parts_->quarantine.All(); }

int64_t MessageStore::MinPhysicalOffset() const { return parts_->log.min_offset(); }

int64_t MessageStore::MaxPhysicalOffset() const { return parts_->log.end_offset(); }

std::vector<ConsumeQueueUnit> MessageStore::QueueUnits(std::string_view topic, int32_t queue_id,
                                                       int64_t offset, int32_t count) const {
  std::vector<ConsumeQueueUnit> units;
  std::shared_ptr<ConsumeQueue> queue = parts_->FindQueue(topic, queue_id);
  if (queue == nullptr || offset < queue->min_offset()) return units;
  while (static_cast<int64_t>(units.size()) < count && offset < queue->max_offset()) {
    auto unit = queue->At(offset++);
    if (!unit) break;
    units.push_back(*unit);
  }
  return units;
}

}  // namespace rewindmq::store
