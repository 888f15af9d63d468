#pragma once
// Keeps one pull under way for each assigned queue and hands what it brings to the callback
// (DefaultMQPushConsumerImpl.pullMessage, ConsumeMessageConcurrentlyService).
// Thread safety: Read may be called from any thread.

#include <string>
#include <vector>

#include "client/consumer_context.h"
#include "client/pull_request.h"

namespace rewindmq::client {

class QueueReader {
 public:
  // `context` outlives this; no call may come after its client, timer and workers have stopped.
  QueueReader(const ConsumerContext* context, PushConsumer::Callback callback);

  // Pulls from the queue until it is dropped.
  void Read(const ProcessQueuePtr& queue);
  // Goes to another position of an assigned queue.
  void Move(const protocol::MessageQueue& queue, int64_t offset);

 private:
  void ReadLater(const ProcessQueuePtr& queue, int64_t delay_ms);
  void OnReply(const ProcessQueuePtr& queue, Result<remoting::Reply> reply);
  void OnAnswer(const ProcessQueuePtr& queue, PullAnswer answer);
  void Deliver(const ProcessQueuePtr& queue, std::vector<ReceivedMessage> messages);
  void Consume(const ProcessQueuePtr& queue, std::vector<ReceivedMessage> batch);
  // The messages that the broker did not take back.
  std::vector<ReceivedMessage> SendBack(const std::vector<ReceivedMessage>& batch);

  const ConsumerContext* context_;
  const PushConsumer::Callback callback_;
};

}  // namespace rewindmq::client
