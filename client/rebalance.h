#pragma once
// Which queues of a topic one member of a group reads (AllocateMessageQueueAveragely). Every member
// computes it alone from the same two sorted lists, so no queue is given twice or to nobody.
// Thread safety: a pure function.

#include <string>
#include <vector>

#include "common/protocol/message_queue.h"

namespace rewindmq::client {

// Consecutive runs of the sorted queues, the first members one longer when it does not come out
// even. Empty when `self` is not among the members. Neither list needs to be sorted.
std::vector<protocol::MessageQueue> AllocateAveragely(std::vector<protocol::MessageQueue> queues,
                                                      std::vector<std::string> members,
                                                      const std::string& self);

}  // namespace rewindmq::client
