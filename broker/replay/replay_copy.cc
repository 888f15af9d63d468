#include "broker/replay/replay_copy.h"

#include <algorithm>
#include <array>

#include "broker/send/send_properties.h"
#include "common/base/parse.h"
#include "common/protocol/properties_text.h"
#include "common/protocol/replay.h"
#include "common/protocol/topic_names.h"

namespace rewindmq::broker {
namespace {

constexpr std::string_view kPropertyRetryTopic = "RETRY_TOPIC";

// What is set anew, and what would let the copy wait or vanish once more.
constexpr std::array kLeftOut = {
    kPropertyRetryTopic,
    protocol::kPropertyReplayId,
    protocol::kPropertyReplayTopic,
    protocol::kPropertyReplayQueueId,
    protocol::kPropertyReplayOffset,
    kPropertyDelay,
    kPropertyTransaction,
    kPropertyTimerDeliverMs,
    kPropertyTimerDelayMs,
    kPropertyTimerDelaySec,
    kPropertyTimerOutMs,
    kPropertyTimerDeleteKey,
    kPropertyPopCheckPoint,
    std::string_view("ORIGIN_MESSAGE_ID"),
    std::string_view("RECONSUME_TIME"),
    std::string_view("MAX_RECONSUME_TIMES"),
};

void Append(std::string_view name, std::string_view value, std::string* properties) {
  properties->append(name).push_back(protocol::kPropertyNameEnd);
  properties->append(value).push_back(protocol::kPropertyEnd);
}

}  // namespace

InnerMessage CopyForReplay(const store::Record& record, std::string_view group,
                           std::string_view replay_id) {
  InnerMessage message = InnerMessage::FromRecord(record);
  std::string properties;
  properties.reserve(message.properties.size() + 200);
  for (const auto& [name, value] : protocol::ParseProperties(message.properties)) {
    bool kept = std::find(kLeftOut.begin(), kLeftOut.end(), name) == kLeftOut.end();
    if (kept) Append(name, value, &properties);
  }
  Append(kPropertyRetryTopic, record.topic, &properties);
  Append(protocol::kPropertyReplayId, replay_id, &properties);
  Append(protocol::kPropertyReplayTopic, record.topic, &properties);
  Append(protocol::kPropertyReplayQueueId, std::to_string(record.queue_id), &properties);
  Append(protocol::kPropertyReplayOffset, std::to_string(record.queue_offset), &properties);
  message.properties = std::move(properties);
  message.topic = protocol::RetryTopic(group);
  message.sys_flag &= ~store::kSysFlagTransactionMask;
  message.prepared_transaction_offset = 0;
  message.reconsume_times = 0;
  return message;
}

std::optional<ReplayOrigin> OriginInReplay(const store::Record& record,
                                           std::string_view replay_id) {
  if (record.reconsume_times != 0) return std::nullopt;
  auto id = store::FindProperty(record.properties, protocol::kPropertyReplayId);
  if (id != replay_id) return std::nullopt;
  auto number = [&](std::string_view name) {
    return ParseInt64(store::FindProperty(record.properties, name).value_or(""), name);
  };
  Result<int64_t> queue_id = number(protocol::kPropertyReplayQueueId);
  Result<int64_t> offset = number(protocol::kPropertyReplayOffset);
  bool whole = queue_id.ok() && offset.ok() && *queue_id >= 0 && *queue_id <= INT32_MAX;
  if (!whole) return std::nullopt;
  return ReplayOrigin{static_cast<int32_t>(*queue_id), *offset};
}

}  // namespace rewindmq::broker
