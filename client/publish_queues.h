#pragma once
// The queues that a producer may write to, out of a topic's route (MQClientInstance.
// topicRouteData2TopicPublishInfo): queues of writable brokers that have a master, in turn.
// Thread safety: Next may be called from any thread; a value otherwise never changes.

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "common/protocol/message_queue.h"
#include "common/protocol/route_data.h"

namespace rewindmq::client {

struct PublishQueue {
  protocol::MessageQueue queue;
  std::string address;  // of the broker's master
};

// `max_queues_per_broker` narrows the route of the default topic to what a new topic will get.
std::vector<PublishQueue> WritableQueues(const std::string& topic,
                                         const protocol::TopicRouteData& route,
                                         int32_t max_queues_per_broker);

class PublishQueues {
 public:
  // `first` is where the round begins, so that many producers do not begin at the same queue.
  PublishQueues(std::vector<PublishQueue> queues, uint64_t first);

  bool empty() const { return queues_.empty(); }
  size_t size() const { return queues_.size(); }
  // The next queue in turn, of another broker than `avoided_broker` where there is one. Not on an
  // empty list.
  const PublishQueue& Next(const std::string& avoided_broker);

 private:
  const std::vector<PublishQueue> queues_;
  std::atomic<uint64_t> next_;
};

}  // namespace rewindmq::client
