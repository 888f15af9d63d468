#include "client/publish_queues.h"

#include <algorithm>
#include <map>
#include <utility>

namespace rewindmq::client {
namespace {

constexpr int32_t kWritable = 2;  // PermName
// More than any broker serves; a route that claims more is not believed.
constexpr int32_t kMaxQueuesPerBroker = 65'536;

}  // namespace

std::vector<PublishQueue> WritableQueues(const std::string& topic,
                                         const protocol::TopicRouteData& route,
                                         int32_t max_queues_per_broker) {
  std::map<std::string, std::string> masters;
  for (const protocol::BrokerData& broker : route.broker_datas) {
    masters[broker.broker_name] = broker.MasterAddress();
  }
  std::vector<PublishQueue> queues;
  for (const protocol::QueueData& data : route.queue_datas) {
    const std::string& master = masters[data.broker_name];
    if ((data.perm & kWritable) == 0 || master.empty()) continue;
    int32_t count = std::min({data.write_queue_nums, max_queues_per_broker, kMaxQueuesPerBroker});
    for (int32_t id = 0; id < count; ++id) {
      queues.push_back({{topic, data.broker_name, id}, master});
    }
  }
  return queues;
}

PublishQueues::PublishQueues(std::vector<PublishQueue> queues, uint64_t first)
    : queues_(std::move(queues)), next_(first) {}

const PublishQueue& PublishQueues::Next(const std::string& avoided_broker) {
  for (size_t i = 0; i < queues_.size(); ++i) {
    const PublishQueue& queue = queues_[next_++ % queues_.size()];
    if (queue.queue.broker_name != avoided_broker) return queue;
  }
  return queues_[next_++ % queues_.size()];
}

}  // namespace rewindmq::client
