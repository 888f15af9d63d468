#include "reset/request.h"

#include <algorithm>

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

}  // namespace rewindmq::reset
