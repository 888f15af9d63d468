#include "broker/transaction/half_message.h"

#include "broker/send/send_properties.h"
#include "broker/store/record.h"
#include "common/base/crc32.h"
#include "common/base/parse.h"
#include "common/protocol/properties_text.h"

namespace rewindmq::broker {

using protocol::RemoveProperty;
using protocol::SetProperty;

namespace {

constexpr std::string_view kPropertyTransactionId = "__transactionId__";
constexpr std::string_view kOpTag = "d";

// It remembers which half its producer knows, who may still end that one.
InnerMessage BackInQueue(const HalfMessage& half) {
  InnerMessage again = half.message;
  again.topic = kHalfTopic;
  again.queue_id = kTransactionQueue;
  if (half.Property(kPropertyPreparedOffset).empty()) {
    SetProperty(kPropertyPreparedOffset, std::to_string(half.queue_offset), &again.properties);
  }
  return again;
}

// Moves the message where it was sent to.
Status Restore(const HalfMessage& half, InnerMessage* message) {
  std::string_view topic = half.Property(kPropertyRealTopic);
  Result<int32_t> queue = ParseInt32(half.Property(kPropertyRealQueueId), kPropertyRealQueueId);
  if (topic.empty() || !queue.ok() || *queue < 0) {
    return {ErrorCode::kInvalidArgument,
            "half message " + std::to_string(half.queue_offset) +
                " does not name the topic and queue that it was sent to"};
  }
  message->topic = topic;
  message->queue_id = *queue;
  return Status::Ok();
}

}  // namespace

std::string_view HalfMessage::Property(std::string_view key) const {
  return store::FindProperty(message.properties, key).value_or(std::string_view());
}

Result<HalfMessage> DecodeHalf(std::string_view record_bytes) {
  REWIND_TRY_ASSIGN(store::Record record,
                    store::DecodeRecord(record_bytes, store::CrcCheck::kVerify));
  if (record.topic != kHalfTopic) {
    return Status(ErrorCode::kNotFound, "the record there is not a half message");
  }
  return HalfMessage{InnerMessage::FromRecord(record), record.queue_offset, record.physical_offset};
}

InnerMessage HalfOf(const store::MessageToPut& message) {
  InnerMessage half;
  half.topic = kHalfTopic;
  half.queue_id = kTransactionQueue;
  half.flag = message.flag;
  half.sys_flag = message.sys_flag & ~store::kSysFlagTransactionMask;
  half.born_timestamp_ms = message.born_timestamp_ms;
  half.born_host = message.born_host;
  half.store_host = message.store_host;
  half.reconsume_times = message.reconsume_times;
  half.body = message.body;
  half.properties = message.properties;
  half.tags_code = message.tags_code;
  auto unique_key = store::FindProperty(message.properties, kPropertyUniqueKey);
  if (unique_key && !unique_key->empty()) {
    SetProperty(kPropertyTransactionId, *unique_key, &half.properties);
  }
  SetProperty(kPropertyRealTopic, message.topic, &half.properties);
  SetProperty(kPropertyRealQueueId, std::to_string(message.queue_id), &half.properties);
  return half;
}

Result<InnerMessage> CommittedOf(const HalfMessage& half) {
  InnerMessage message = half.message;
  REWIND_TRY(Restore(half, &message));
  message.sys_flag &= ~store::kSysFlagTransactionMask;
  message.sys_flag |= store::kSysFlagTransactionCommit;
  message.prepared_transaction_offset = half.physical_offset;
  RemoveProperty(kPropertyRealTopic, &message.properties);
  RemoveProperty(kPropertyRealQueueId, &message.properties);
  RemoveProperty(kPropertyTransaction, &message.properties);
  RemoveProperty(kPropertyPreparedOffset, &message.properties);
  return message;
}

InnerMessage AskedAgain(const HalfMessage& half) {
  InnerMessage again = BackInQueue(half);
  SetProperty(kPropertyCheckTimes, std::to_string(CheckTimesOf(half) + 1), &again.properties);
  return again;
}

InnerMessage Deferred(const HalfMessage& half) { return BackInQueue(half); }

InnerMessage DiscardedOf(const HalfMessage& half) {
  InnerMessage message = half.message;
  message.topic = kDiscardedTopic;
  message.queue_id = kTransactionQueue;
  return message;
}

InnerMessage Resumed(const HalfMessage& half) {
  InnerMessage again = half.message;
  again.topic = kHalfTopic;
  again.queue_id = kTransactionQueue;
  SetProperty(kPropertyCheckTimes, "0", &again.properties);
  return again;
}

InnerMessage OpMessageFor(int64_t half_offset, const store::HostAddress& host, int64_t now_ms) {
  InnerMessage op;
  op.topic = kOpTopic;
  op.queue_id = kTransactionQueue;
  op.born_timestamp_ms = now_ms;
  op.born_host = host;
  op.store_host = host;
  op.body = std::to_string(half_offset);
  SetProperty(store::kPropertyTags, kOpTag, &op.properties);
  op.tags_code = store::TagsCode(kOpTag);
  return op;
}

std::vector<int64_t> HalvesOfOp(std::string_view body) {
  std::vector<int64_t> halves;
  for (const std::string& part : SplitTrimmed(body, ',')) {
    Result<int64_t> half = ParseInt64(part, "offset of a half message");
    if (half.ok() && *half >= 0) halves.push_back(*half);
  }
  return halves;
}

Result<std::string> EncodeForProducer(const HalfMessage& half) {
  InnerMessage message = half.message;
  REWIND_TRY(Restore(half, &message));
  store::MessageToPut view = message.View();
  REWIND_TRY(store::CheckRecordSizes(view, static_cast<int64_t>(message.body.size())));
  store::RecordPlace place{half.queue_offset, half.physical_offset, message.store_timestamp_ms,
                           JavaCrc32(message.body)};
  std::string bytes(static_cast<size_t>(store::RecordBytes(view, store::RecordCrc::kNone)), '\0');
  store::EncodeRecord(view, place, store::RecordCrc::kNone, bytes.data());
  return bytes;
}

int32_t CheckTimesOf(const HalfMessage& half) {
  Result<int32_t> times = ParseInt32(half.Property(kPropertyCheckTimes), kPropertyCheckTimes);
  return times.ok() && *times > 0 ? *times : 0;
}

}  // namespace rewindmq::broker
