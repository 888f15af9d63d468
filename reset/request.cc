#include "reset/request.h"

#include <algorithm>

#include "common/protocol/topic_names.h"

namespace rewindmq::reset {

bool Scope::Covers(const std::string& broker_name, int32_t queue_id) const {
  if (!CoversBroker(broker_name)) return false;
  return queues.empty() || std::find(queues.begin(), queues.end(),
                                     ScopedQueue{broker_name, queue_id}) != queues.end();
}

bool Scope::CoversBroker(const std::string& broker_name) const {
  if (!broker_names.empty() &&
      std::find(broker_names.begin(), broker_names.end(), broker_name) == broker_names.end()) {
    return false;
  }
  return queues.empty() || std::any_of(queues.begin(), queues.end(), [&](const ScopedQueue& queue) {
           return queue.broker_name == broker_name;
         });
}

bool Request::ConcernsBroker(const std::string& broker_name) const {
  if (!scope.CoversBroker(broker_name)) return false;
  return !target.ByOffsets() ||
         std::any_of(target.offsets.begin(), target.offsets.end(),
                     [&](const auto& entry) { return entry.first.broker_name == broker_name; });
}

bool Request::TouchesRetryTopic() const {
  if (replay.has_value()) return false;
  if (!target.ByOffsets()) return include_retry_topic;
  const std::string retry = protocol::RetryTopic(group);
  return std::any_of(target.offsets.begin(), target.offsets.end(),
                     [&](const auto& entry) { return entry.first.topic == retry; });
}

}  // namespace rewindmq::reset
