#include "client/pull_request.h"

#include <utility>

#include "client/message_decoder.h"
#include "common/protocol/subscription.h"
#include "common/protocol/topic_names.h"

namespace rewindmq::client {
namespace {

constexpr int32_t kSuspendFlag = 2;  // PullSysFlag: hold the pull when there is nothing

// A message that is consumed again comes from the retry topic but belongs to another.
void RestoreTopic(ReceivedMessage* message) {
  auto original = message->Property(kPropertyRetryTopic);
  if (original.has_value() && message->topic.starts_with(protocol::kRetryPrefix)) {
    message->topic = std::string(*original);
  }
}

}  // namespace

protocol::Outgoing MakePullRequest(const std::string& group, const protocol::MessageQueue& queue,
                                   int64_t offset, int32_t max_messages,
                                   int64_t subscription_version) {
  auto request = protocol::MakeRequest(protocol::kPullMessage);
  request.With("consumerGroup", group)
      .With("topic", queue.topic)
      .With("queueId", queue.queue_id)
      .With("queueOffset", offset)
      .With("maxMsgNums", max_messages)
      .With("sysFlag", kSuspendFlag)
      .With("commitOffset", 0)
      .With("suspendTimeoutMillis", kPullHoldMs)
      .With("subVersion", subscription_version);
  return request;
}

Result<PullAnswer> ReadPullAnswer(const protocol::Command& answer, const std::string& broker_name,
                                  const protocol::SubscriptionData& subscription) {
  PullAnswer result;
  switch (answer.code) {
    case protocol::kSuccess:
      result.outcome = PullOutcome::kFound;
      break;
    case protocol::kPullNotFound:
    case protocol::kPullRetryImmediately:
      result.outcome = PullOutcome::kNothing;
      break;
    case protocol::kPullOffsetMoved:
      result.outcome = PullOutcome::kMoved;
      break;
    default:
      return Status::Rejected(answer.code, std::string(answer.remark));
  }
  protocol::FieldReader fields(answer.fields);
  result.next_offset = fields.Int64("nextBeginOffset");
  result.suggested_broker_id = fields.Int64Or("suggestWhichBrokerId", 0);
  if (!fields.status().ok() || result.next_offset < 0) {
    return Status(ErrorCode::kCorruption, "pull answer: " + fields.status().message());
  }
  if (result.outcome != PullOutcome::kFound) return result;
  auto messages = DecodeMessages(answer.body, broker_name);
  if (!messages.ok()) return messages.status();
  for (ReceivedMessage& message : *messages) {
    if (!Matches(subscription, message.Tag())) continue;
    RestoreTopic(&message);
    result.messages.push_back(std::move(message));
  }
  return result;
}

}  // namespace rewindmq::client
