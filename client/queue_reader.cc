#include "client/queue_reader.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "common/base/log.h"

namespace rewindmq::client {
namespace {

constexpr int32_t kPullMessages = 32;
// After a failure: short enough to notice a broker's return, long enough not to pester it.
constexpr int64_t kRetryMs = 1000;
// Until a batch that could neither be consumed nor sent back is tried again here.
constexpr int64_t kLocalRetryMs = 5000;

std::string QueueText(const protocol::MessageQueue& queue) {
  return queue.topic + " " + queue.broker_name + " " + std::to_string(queue.queue_id);
}

}  // namespace

QueueReader::QueueReader(const ConsumerContext* context, PushConsumer::Callback callback)
    : context_(context), callback_(std::move(callback)) {}

void QueueReader::Read(const ProcessQueuePtr& queue) {
  if (queue->dropped()) return;
  const protocol::MessageQueue& name = queue->queue();
  std::string address = context_->routes->BrokerAddress(name.broker_name, queue->BrokerId());
  if (address.empty()) {
    context_->rebalance_soon();
    ReadLater(queue, kRetryMs);
    return;
  }
  const auto& subscription = context_->subscriptions.at(name.topic);
  auto request = MakePullRequest(context_->options->group, name, queue->NextOffset(), kPullMessages,
                                 subscription.sub_version);
  context_->client->Invoke(
      address, std::move(request), kPullTimeoutMs,
      [this, queue](Result<remoting::Reply> reply) { OnReply(queue, std::move(reply)); });
}

void QueueReader::ReadLater(const ProcessQueuePtr& queue, int64_t delay_ms) {
  context_->timer->After(delay_ms, [this, queue] { Read(queue); });
}

void QueueReader::OnReply(const ProcessQueuePtr& queue, Result<remoting::Reply> reply) {
  if (queue->dropped()) return;
  const protocol::MessageQueue& name = queue->queue();
  Result<PullAnswer> answer = reply.ok() ? ReadPullAnswer(reply->command, name.broker_name,
                                                          context_->subscriptions.at(name.topic))
                                         : Result<PullAnswer>(reply.status());
  if (answer.ok()) {
    OnAnswer(queue, std::move(*answer));
    return;
  }
  const Status& status = answer.status();
  if (status.code() == ErrorCode::kCancelled) return;  // the consumer stops
  int32_t code = status.response_code();
  if (code == protocol::kSubscriptionNotExist || code == protocol::kSubscriptionNotLatest ||
      code == protocol::kSubscriptionGroupNotExist) {
    // A broker that was restarted knows nobody until the next heartbeat.
    context_->announce_soon();
  }
  // The broker may have come back at another address.
  if (status.code() == ErrorCode::kUnavailable) context_->rebalance_soon();
  if (status.code() == ErrorCode::kCorruption) {
    spdlog::error("pull of {} at {}: {}", QueueText(name), queue->NextOffset(), status.message());
  } else {
    spdlog::debug("pull of {}: {}", QueueText(name), status.ToString());
  }
  ReadLater(queue, kRetryMs);
}

void QueueReader::OnAnswer(const ProcessQueuePtr& queue, PullAnswer answer) {
  queue->SetBrokerId(answer.suggested_broker_id);
  if (answer.outcome == PullOutcome::kMoved) {
    if (answer.next_offset == queue->NextOffset()) {
      ReadLater(queue, kRetryMs);  // moved to where we are: do not ask in a circle
      return;
    }
    spdlog::info("{} continues at {} instead of {}", QueueText(queue->queue()), answer.next_offset,
                 queue->NextOffset());
    auto fresh = context_->assigned->Restart(queue->queue(), answer.next_offset,
                                             context_->send_commit, queue.get());
    if (fresh != nullptr) Read(fresh);
    return;
  }
  bool more = queue->Put(answer.messages, answer.next_offset);
  Deliver(queue, std::move(answer.messages));
  if (more) Read(queue);
}

void QueueReader::Move(const protocol::MessageQueue& queue, int64_t offset) {
  auto fresh = context_->assigned->Restart(queue, offset, context_->send_commit);
  if (fresh == nullptr) return;
  spdlog::info("{} was reset to {}", QueueText(queue), offset);
  Read(fresh);
}

void QueueReader::Deliver(const ProcessQueuePtr& queue, std::vector<ReceivedMessage> messages) {
  size_t batch_size = std::max<size_t>(context_->options->batch_size, 1);
  for (size_t begin = 0; begin < messages.size(); begin += batch_size) {
    auto first = messages.begin() + static_cast<std::ptrdiff_t>(begin);
    auto count = std::min(batch_size, messages.size() - begin);
    auto batch = std::make_shared<std::vector<ReceivedMessage>>(
        std::make_move_iterator(first),
        std::make_move_iterator(first + static_cast<std::ptrdiff_t>(count)));
    context_->workers->Submit([this, queue, batch] { Consume(queue, std::move(*batch)); });
  }
}

void QueueReader::Consume(const ProcessQueuePtr& queue, std::vector<ReceivedMessage> batch) {
  if (queue->dropped()) return;
  std::vector<ReceivedMessage> left;
  if (callback_(batch) == ConsumeOutcome::kLater) left = SendBack(batch);
  if (!left.empty()) {
    std::erase_if(batch, [&left](const ReceivedMessage& message) {
      return std::any_of(left.begin(), left.end(), [&message](const ReceivedMessage& other) {
        return other.queue_offset == message.queue_offset;
      });
    });
    auto again = std::make_shared<std::vector<ReceivedMessage>>(std::move(left));
    context_->timer->After(kLocalRetryMs, [this, queue, again] {
      context_->workers->Submit([this, queue, again] { Consume(queue, std::move(*again)); });
    });
  }
  if (queue->Finish(batch)) Read(queue);
}

std::vector<ReceivedMessage> QueueReader::SendBack(const std::vector<ReceivedMessage>& batch) {
  std::vector<ReceivedMessage> left;
  for (const ReceivedMessage& message : batch) {
    auto request = protocol::MakeRequest(protocol::kConsumerSendMsgBack);
    request.With("offset", message.commit_log_offset)
        .With("group", context_->options->group)
        .With("delayLevel", 0)  // the broker chooses, by the number of tries
        .With("originMsgId", std::string(message.Property(kPropertyUniqueKey).value_or("")))
        .With("originTopic", message.topic)
        .With("unitMode", "false");
    std::string address = context_->routes->BrokerAddress(message.queue.broker_name, 0);
    auto reply = context_->client->InvokeSync(address, std::move(request),
                                              context_->options->request_timeout_ms);
    if (!reply.ok() || reply->command.code != protocol::kSuccess) left.push_back(message);
  }
  return left;
}

}  // namespace rewindmq::client
