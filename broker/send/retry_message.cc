#include "broker/send/retry_message.h"

#include <string>

#include "broker/send/message_id.h"
#include "broker/send/send_properties.h"
#include "common/protocol/properties_text.h"
#include "common/protocol/topic_names.h"

namespace rewindmq::broker {
namespace {

constexpr std::string_view kPropertyRetryTopic = "RETRY_TOPIC";
constexpr std::string_view kPropertyOriginMessageId = "ORIGIN_MESSAGE_ID";
constexpr std::string_view kPropertyDlqOriginTopic = "DLQ_ORIGIN_TOPIC";
constexpr std::string_view kPropertyDlqOriginMessageId = "DLQ_ORIGIN_MESSAGE_ID";

}  // namespace

bool IsDead(const store::Record& record, const RetryRule& rule) {
  return record.reconsume_times >= rule.max_reconsume_times || rule.delay_level < 0;
}

std::string_view OriginTopicOf(const store::Record& record) {
  return store::FindProperty(record.properties, kPropertyRetryTopic).value_or(record.topic);
}

InnerMessage RetryOf(const store::Record& record, const RetryRule& rule) {
  InnerMessage message = InnerMessage::FromRecord(record);
  std::string* properties = &message.properties;
  auto set_once = [properties](std::string_view name, const std::string& value) {
    if (!protocol::FindProperty(*properties, name)) {
      protocol::SetProperty(name, value, properties);
    }
  };
  set_once(kPropertyRetryTopic, std::string(record.topic));
  set_once(kPropertyOriginMessageId, OffsetMessageId(record.store_host, record.physical_offset));
  protocol::SetProperty(kPropertyWait, "false", properties);
  // Of a message that once waited for its time: it must not wait for that one again.
  for (std::string_view timer : {kPropertyTimerDeliverMs, kPropertyTimerDelaySec,
                                 kPropertyTimerDelayMs, kPropertyTimerOutMs}) {
    protocol::RemoveProperty(timer, properties);
  }
  message.reconsume_times = record.reconsume_times + 1;
  if (IsDead(record, rule)) {
    message.topic = protocol::DlqTopic(rule.group);
    protocol::RemoveProperty(kPropertyDelay, properties);
    set_once(kPropertyDlqOriginTopic,
             std::string(*protocol::FindProperty(*properties, kPropertyRetryTopic)));
    set_once(kPropertyDlqOriginMessageId,
             std::string(*protocol::FindProperty(*properties, kPropertyOriginMessageId)));
    return message;
  }
  message.topic = protocol::RetryTopic(rule.group);
  int32_t level =
      rule.delay_level > 0 ? rule.delay_level : kFirstRetryLevel + record.reconsume_times;
  protocol::SetProperty(kPropertyDelay, std::to_string(level), properties);
  return message;
}

}  // namespace rewindmq::broker
