#include "client/rebalance.h"

#include <algorithm>

namespace rewindmq::client {

std::vector<protocol::MessageQueue> AllocateAveragely(std::vector<protocol::MessageQueue> queues,
                                                      std::vector<std::string> members,
                                                      const std::string& self) {
  std::sort(queues.begin(), queues.end());
  std::sort(members.begin(), members.end());
  members.erase(std::unique(members.begin(), members.end()), members.end());
  auto it = std::lower_bound(members.begin(), members.end(), self);
  if (it == members.end() || *it != self) return {};
  auto index = static_cast<size_t>(it - members.begin());
  size_t share = queues.size() / members.size();
  size_t longer = queues.size() % members.size();  // so many members get one more
  size_t begin = index * share + std::min(index, longer);
  size_t count = share + (index < longer ? 1 : 0);
  auto first = queues.begin() + static_cast<std::ptrdiff_t>(begin);
  return {first, first + static_cast<std::ptrdiff_t>(count)};
}

}  // namespace rewindmq::client
