#include "broker/handlers/send_checks.h"

#include <algorithm>

#include "broker/send/retry_message.h"
#include "common/protocol/topic_names.h"

namespace rewindmq::broker {
namespace {

using protocol::TopicConfig;

constexpr int32_t kUnitTopic = 1;
constexpr int32_t kUnitSubscription = 2;
constexpr int32_t kReadWrite = protocol::kPermRead | protocol::kPermWrite;
// The first version whose clients say how often they want a message.
constexpr int32_t kVersion3_4_9 = 121;

Refusal CheckName(std::string_view topic) {
  std::string name(topic);
  if (topic == protocol::kDefaultTopic) {
    return {protocol::kSystemError,
            "the topic[" + name + "] is conflict with system reserved words."};
  }
  if (Status valid = protocol::ValidateTopicName(topic); !valid.ok()) {
    return {protocol::kInvalidParameter, valid.message()};
  }
  if (protocol::IsSendForbidden(topic) || topic == kWheelTimerTopic) {
    return {protocol::kNoPermission, "Sending message to topic[" + name + "] is forbidden."};
  }
  return {};
}

Result<TopicConfig> TopicOf(Parts* parts, const SendRequest& request) {
  Result<TopicConfig> topic = parts->topics->FindOrCreate(request.topic, request.default_topic,
                                                          request.default_topic_queue_nums);
  bool is_retry = request.topic.starts_with(protocol::kRetryPrefix);
  if (topic.ok() || topic.status().code() != ErrorCode::kNotFound || !is_retry) return topic;
  TopicConfig retry;
  retry.topic_name = request.topic;
  retry.read_queue_nums = 1;
  retry.write_queue_nums = 1;
  retry.perm = kReadWrite;
  retry.topic_sys_flag = request.unit_mode ? kUnitSubscription : 0;
  return parts->topics->FindOrAdd(retry);
}

}  // namespace

Refusal CheckBrokerTakes(const Parts& parts) {
  if ((parts.options.permission & protocol::kPermWrite) != 0) return {};
  return {protocol::kNoPermission,
          "the broker[" + parts.options.advertised_ip + "] sending message is forbidden"};
}

TopicConfig CheckSend(Parts* parts, const SendRequest& request, Refusal* refusal) {
  *refusal = CheckBrokerTakes(*parts);
  if (refusal->code == protocol::kSuccess) *refusal = CheckName(request.topic);
  if (refusal->code != protocol::kSuccess) return {};
  Result<TopicConfig> topic = TopicOf(parts, request);
  if (!topic.ok()) {
    bool missing = topic.status().code() == ErrorCode::kNotFound;
    *refusal = missing ? Refusal{protocol::kTopicNotExist, WithFaq(topic.status().message())}
                       : Refusal{protocol::kSystemError, topic.status().message()};
    return {};
  }
  int32_t limit = std::max(topic->read_queue_nums, topic->write_queue_nums);
  if (request.queue_id >= limit) {
    *refusal = {protocol::kInvalidParameter,
                "request queueId[" + std::to_string(request.queue_id) + "] is illegal, " +
                    protocol::EncodeTopicConfig(*topic) + " Producer: " + parts->options.Address()};
  }
  return *topic;
}

TopicConfig DeadLetterTopic(std::string_view group) {
  TopicConfig topic;
  topic.topic_name = protocol::DlqTopic(group);
  topic.read_queue_nums = kDlqQueueNums;
  topic.write_queue_nums = kDlqQueueNums;
  topic.perm = kReadWrite;
  return topic;
}

int32_t MaxReconsumeTimes(int32_t of_group, const std::optional<int32_t>& of_client,
                          int32_t client_version) {
  return client_version >= kVersion3_4_9 ? of_client.value_or(of_group) : of_group;
}

bool IsDeadRetry(Parts* parts, const protocol::Command& command, const SendRequest& request,
                 TopicConfig* dead_letters, Refusal* refusal) {
  std::string group(request.topic.substr(protocol::kRetryPrefix.size()));
  auto config = parts->groups->FindOrCreate(group);
  if (!config) {
    *refusal = {protocol::kSubscriptionGroupNotExist,
                WithFaq("subscription group not exist, " + group + " ")};
    return false;
  }
  int32_t limit =
      MaxReconsumeTimes(config->retry_max_times, request.max_reconsume_times, command.version);
  // A consumer in order sends a message here only to be rid of it.
  bool is_dead = request.reconsume_times > limit ||
                 parts->queue_locks.IsAnyHeld(group, parts->clock->SteadyMs());
  if (!is_dead) return false;
  Result<TopicConfig> topic = parts->topics->FindOrAdd(DeadLetterTopic(group));
  if (!topic.ok()) {
    *refusal = {protocol::kSystemError,
                "topic[" + protocol::DlqTopic(group) + "] not exist: " + topic.status().message()};
    return false;
  }
  *dead_letters = std::move(*topic);
  return true;
}

int32_t CodeOf(store::PutStatus status) {
  switch (status) {
    case store::PutStatus::kOk:
      return protocol::kSuccess;
    case store::PutStatus::kMessageIllegal:
    case store::PutStatus::kPropertiesSizeExceeded:
      return protocol::kMessageIllegal;
    case store::PutStatus::kServiceNotAvailable:
      return protocol::kServiceNotAvailable;
    case store::PutStatus::kCreateFileFailed:
    case store::PutStatus::kTimerRefused:
      return protocol::kSystemError;
  }
  return protocol::kSystemError;
}

}  // namespace rewindmq::broker
