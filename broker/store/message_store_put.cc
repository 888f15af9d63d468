// Appending messages. Everything that can be done without the lock is done before it is taken:
// checks and CRCs. Everything that can fail happens before the first byte is visible.

#include <algorithm>
#include <chrono>

#include "broker/store/message_store.h"
#include "broker/store/queue_name.h"
#include "broker/store/record.h"
#include "broker/store/store_parts.h"
#include "common/base/crc32.h"

namespace rewindmq::store {
namespace {

PutResult Refused(PutStatus status, std::string error) {
  PutResult result;
  result.status = status;
  result.error = std::move(error);
  return result;
}

// No space is a state of the machine that passes; anything else is about this file.
PutResult RefusedBy(const Status& status) {
  switch (status.code()) {
    case ErrorCode::kInvalidArgument:
      return Refused(PutStatus::kMessageIllegal, status.message());
    case ErrorCode::kResourceExhausted:
      return Refused(
          PutStatus::kServiceNotAvailable,
          "no space for the message; free some on the store's disk: " + status.message());
    default:
      return Refused(PutStatus::kCreateFileFailed, status.message());
  }
}

}  // namespace

PutResult MessageStore::Put(const MessageToPut& message) { return parts_->Append(&message, 1); }

PutResult MessageStore::PutBatch(const std::vector<MessageToPut>& messages) {
  return parts_->Append(messages.data(), messages.size());
}

PutResult MessageStore::Parts::Check(const MessageToPut* messages, size_t count) const {
  if (retention->RefusesMessages()) {
    return Refused(PutStatus::kServiceNotAvailable,
                   "the disk of the store is full; free some space on it");
  }
  if (count == 0) return Refused(PutStatus::kMessageIllegal, "the batch has no message");
  const MessageToPut& first = messages[0];
  Status name = CheckQueueName(first.topic, first.queue_id);
  if (!name.ok()) return Refused(PutStatus::kMessageIllegal, name.message());
  for (size_t i = 0; i < count; ++i) {
    Status sizes = CheckRecordSizes(messages[i], max_message_bytes);
    if (!sizes.ok()) {
      return Refused(sizes.code() == ErrorCode::kResourceExhausted
                         ? PutStatus::kPropertiesSizeExceeded
                         : PutStatus::kMessageIllegal,
                     sizes.message());
    }
    if (messages[i].topic != first.topic || messages[i].queue_id != first.queue_id ||
        IsConsumable(messages[i].sys_flag) != IsConsumable(first.sys_flag)) {
      return Refused(PutStatus::kMessageIllegal,
                     "a batch must be of one topic, one queue and one kind of messages");
    }
  }
  return {};
}

PutResult MessageStore::Parts::Append(const MessageToPut* messages, size_t count) {
  auto started = std::chrono::steady_clock::now();
  PutResult result = Check(messages, count);
  if (result.ok()) Store(messages, count, &result);
  if (!result.ok()) {
    refused.fetch_add(1, std::memory_order_relaxed);
    return result;
  }
  messages_stored.fetch_add(static_cast<int64_t>(count), std::memory_order_relaxed);
  preparer->Wrote(result.end_offset);
  if (indexer != nullptr) indexer->Wrote();
  if (listener && IsConsumable(messages[0].sys_flag)) {
    TellListener(messages, count, result.queue_offset);
  }
  std::chrono::nanoseconds took = std::chrono::steady_clock::now() - started;
  append_latency.Observe(took.count());
  return result;
}

void MessageStore::Parts::Store(const MessageToPut* messages, size_t count, PutResult* result) {
  int64_t bytes = 0;
  for (size_t i = 0; i < count; ++i) bytes += RecordBytes(messages[i], options.record_crc);
  int32_t single_crc = JavaCrc32(messages[0].body);
  std::vector<int32_t> batch_crcs;
  if (count > 1) {
    for (size_t i = 0; i < count; ++i) batch_crcs.push_back(JavaCrc32(messages[i].body));
  }
  std::lock_guard guard(put_mutex);
  if (closed || failed) {
    *result = Refused(PutStatus::kServiceNotAvailable,
                      closed ? "the store is closed" : "the store cannot write any more");
    return;
  }
  AppendLocked(messages, count > 1 ? batch_crcs.data() : &single_crc, count, bytes, result);
  if (result->ok()) message_bytes.fetch_add(bytes, std::memory_order_relaxed);
}

void MessageStore::Parts::AppendLocked(const MessageToPut* messages, const int32_t* body_crcs,
                                       size_t count, int64_t bytes, PutResult* result) {
  std::shared_ptr<ConsumeQueue> queue;
  if (IsConsumable(messages[0].sys_flag)) {
    queue = queues.FindOrCreate(messages[0].topic, messages[0].queue_id);
    Status reserved = queue->Reserve(static_cast<int64_t>(count));
    if (!reserved.ok()) {
      *result = RefusedBy(reserved);
      return;
    }
  }
  Result<CommitLog::Place> place = log.Prepare(bytes);
  if (!place.ok()) {
    *result = RefusedBy(place.status());
    return;
  }
  // The clock may step back; store times must not, or searches by time go wrong.
  last_store_timestamp_ms = std::max(last_store_timestamp_ms, options.clock->WallMs());
  result->store_timestamp_ms = last_store_timestamp_ms;
  result->queue_offset = queue == nullptr ? 0 : queue->max_offset();
  result->end_offset = place->physical_offset + bytes;
  RecordPlace at{result->queue_offset, place->physical_offset, last_store_timestamp_ms, 0};
  for (size_t i = 0; i < count; ++i) {
    at.body_crc = body_crcs[i];
    EncodeRecord(messages[i], at, options.record_crc,
                 place->to + (at.physical_offset - place->physical_offset));
    result->physical_offsets.push_back(at.physical_offset);
    at.physical_offset += RecordBytes(messages[i], options.record_crc);
    if (queue != nullptr) ++at.queue_offset;
  }
  log.Publish(result->end_offset);
  if (queue == nullptr) return;
  for (size_t i = 0; i < count; ++i) {
    int64_t record_bytes = RecordBytes(messages[i], options.record_crc);
    queue->Append({result->physical_offsets[i], static_cast<int32_t>(record_bytes),
                   TagsCodeToKeep(messages[i])});
  }
}

int64_t MessageStore::Parts::TagsCodeToKeep(const MessageToPut& message) {
  if (!extensions.appends()) return message.tags_code;
  QueueExtUnit extension;
  extension.tags_code = message.tags_code;
  extension.store_timestamp_ms = last_store_timestamp_ms;
  if (options.filter_bitmap_of) {
    extension.bitmap = options.filter_bitmap_of(message.topic, message.properties);
  }
  return extensions.Append(message.topic, message.queue_id, extension);
}

void MessageStore::Parts::TellListener(const MessageToPut* messages, size_t count,
                                       int64_t first_offset) const {
  for (size_t i = 0; i < count; ++i) {
    listener(messages[i].topic, messages[i].queue_id, first_offset + static_cast<int64_t>(i) + 1,
             messages[i].tags_code);
  }
}

}  // namespace rewindmq::store
