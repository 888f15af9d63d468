#pragma once
// The queues that this member of the group reads at present, by name. Changing the set and sending
// commits exclude each other, so that a commit of an old position can never follow the reset of its
// queue on the wire. Thread safety: every method may be called from any thread; the functions given
// to them must not call back.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "client/process_queue.h"
#include "common/protocol/message_queue.h"

namespace rewindmq::client {

using ProcessQueuePtr = std::shared_ptr<ProcessQueue>;

class AssignedQueues {
 public:
  // Sends one commit without waiting for its answer; ForgetCommit when the answer is bad.
  using SendCommit = std::function<void(const ProcessQueuePtr& queue, int64_t offset)>;

  // Gives back the queues of the topic that are not in `keep`, after a last commit of each.
  void Retain(const std::string& topic, const std::set<protocol::MessageQueue>& keep,
              const SendCommit& commit);
  bool Has(const protocol::MessageQueue& queue) const;
  // Null when the queue is assigned already.
  ProcessQueuePtr Add(const protocol::MessageQueue& queue, int64_t offset);
  // Begins again at another offset and commits it at once; what is under way of the old position is
  // dropped. Null when the queue is not assigned, or `only_if` is given and is not its object.
  ProcessQueuePtr Restart(const protocol::MessageQueue& queue, int64_t offset,
                          const SendCommit& commit, const ProcessQueue* only_if = nullptr);
  // Commits every position that has changed.
  void Commit(const SendCommit& commit);
  // Drops every queue; none can be added any more.
  void Close();
  std::vector<protocol::MessageQueue> Names() const;

 private:
  mutable std::mutex mutex_;
  std::map<protocol::MessageQueue, ProcessQueuePtr> queues_;  // guarded by mutex_
  bool closed_ = false;                                       // guarded by mutex_
};

}  // namespace rewindmq::client
