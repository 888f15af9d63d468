#include "broker/send/deferred_message.h"

#include "common/base/parse.h"
#include "common/protocol/properties_text.h"
#include "common/protocol/topic_names.h"

namespace rewindmq::broker {
namespace {

using protocol::RemoveProperty;
using protocol::SetProperty;

constexpr std::string_view kPropertyTimerDequeueMs = "TIMER_DEQUEUE_MS";

void NoteRealPlace(const store::MessageToPut& message, std::string* properties) {
  SetProperty(kPropertyRealTopic, message.topic, properties);
  SetProperty(kPropertyRealQueueId, std::to_string(message.queue_id), properties);
}

Result<InnerMessage> ToRealPlace(const store::Record& record) {
  InnerMessage message = InnerMessage::FromRecord(record);
  auto topic = store::FindProperty(record.properties, kPropertyRealTopic);
  auto queue = store::FindProperty(record.properties, kPropertyRealQueueId);
  Result<int32_t> queue_id = ParseInt32(queue.value_or(""), kPropertyRealQueueId);
  if (!topic || !queue_id.ok()) {
    return Status(ErrorCode::kCorruption, "the record at " +
                                              std::to_string(record.physical_offset) +
                                              " does not name the topic and queue that it is for");
  }
  // Such a message would be taken for half of a transaction.
  if (*topic == protocol::kTransHalfTopic) {
    return Status(ErrorCode::kCorruption, "the delayed record at " +
                                              std::to_string(record.physical_offset) +
                                              " is for the topic of transactions");
  }
  message.topic = *topic;
  message.queue_id = *queue_id;
  SetProperty(kPropertyWait, "false", &message.properties);
  return message;
}

}  // namespace

store::MessageToPut DeferByLevel(const store::MessageToPut& message, int32_t level,
                                 const DelayLevels& levels, int64_t now_ms,
                                 std::string* properties) {
  level = levels.Clamp(level);
  properties->assign(message.properties);
  for (std::string_view timer :
       {kPropertyTimerDeliverMs, kPropertyTimerDelaySec, kPropertyTimerDelayMs}) {
    RemoveProperty(timer, properties);
  }
  SetProperty(kPropertyDelay, std::to_string(level), properties);
  NoteRealPlace(message, properties);
  store::MessageToPut deferred = message;
  deferred.topic = protocol::kScheduleTopic;
  deferred.queue_id = QueueOfDelayLevel(level);
  deferred.properties = *properties;
  deferred.tags_code = now_ms + levels.DelayMs(level);
  return deferred;
}

Result<int64_t> TimerDeliveryMs(const SendProperties& wanted, const TimerRules& rules,
                                int64_t now_ms) {
  const int64_t max_delay_ms = rules.max_delay_sec * 1000;
  Status illegal(ErrorCode::kInvalidArgument,
                 "timer message illegal, the delay time should not be bigger than the max delay " +
                     std::to_string(max_delay_ms) +
                     "ms; or if set del msg, the delay time should be bigger than the current "
                     "time");
  std::string_view text = wanted.timer_deliver_ms;
  if (!wanted.timer_delay_ms.empty()) text = wanted.timer_delay_ms;
  if (!wanted.timer_delay_sec.empty()) text = wanted.timer_delay_sec;
  Result<int64_t> number = ParseInt64(text, "timer");
  if (!number.ok()) return illegal;
  int64_t deliver_ms = *number;
  if (!wanted.timer_delay_sec.empty() || !wanted.timer_delay_ms.empty()) {
    int64_t unit_ms = wanted.timer_delay_sec.empty() ? 1 : 1000;
    if (*number > max_delay_ms / unit_ms) return illegal;
    // A time that has passed needs no exact value.
    deliver_ms = *number < 0 ? now_ms : now_ms + *number * unit_ms;
  }
  bool past = deliver_ms <= now_ms;
  if (past && !wanted.timer_delete_key.empty()) return illegal;
  if (!past && deliver_ms - now_ms > max_delay_ms) return illegal;
  return deliver_ms;
}

int64_t TimerOutMs(int64_t deliver_ms, const TimerRules& rules) {
  int64_t over = deliver_ms % rules.precision_ms;
  return deliver_ms - (over == 0 ? rules.precision_ms : over);
}

store::MessageToPut DeferUntil(const store::MessageToPut& message, int64_t out_ms,
                               std::string* properties) {
  properties->assign(message.properties);
  SetProperty(kPropertyTimerOutMs, std::to_string(out_ms), properties);
  NoteRealPlace(message, properties);
  store::MessageToPut deferred = message;
  deferred.topic = kWheelTimerTopic;
  deferred.queue_id = 0;
  deferred.properties = *properties;
  return deferred;
}

Result<InnerMessage> AfterDelay(const store::Record& record) {
  REWIND_TRY_ASSIGN(InnerMessage message, ToRealPlace(record));
  for (std::string_view name : {kPropertyDelay, kPropertyTimerDeliverMs, kPropertyTimerDelaySec}) {
    RemoveProperty(name, &message.properties);
  }
  return message;
}

Result<InnerMessage> AfterTimer(const store::Record& record, int64_t now_ms) {
  REWIND_TRY_ASSIGN(InnerMessage message, ToRealPlace(record));
  for (std::string_view name : {kPropertyRealTopic, kPropertyRealQueueId, kPropertyDelay}) {
    RemoveProperty(name, &message.properties);
  }
  SetProperty(kPropertyTimerDequeueMs, std::to_string(now_ms), &message.properties);
  return message;
}

}  // namespace rewindmq::broker
