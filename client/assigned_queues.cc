#include "client/assigned_queues.h"

namespace rewindmq::client {

void AssignedQueues::Retain(const std::string& topic, const std::set<protocol::MessageQueue>& keep,
                            const SendCommit& commit) {
  std::lock_guard lock(mutex_);
  for (auto it = queues_.begin(); it != queues_.end();) {
    if (it->first.topic != topic || keep.count(it->first) != 0) {
      ++it;
      continue;
    }
    it->second->Drop();
    int64_t offset = it->second->TakeCommit();
    if (offset >= 0) commit(it->second, offset);
    it = queues_.erase(it);
  }
}

bool AssignedQueues::Has(const protocol::MessageQueue& queue) const {
  std::lock_guard lock(mutex_);
  return queues_.count(queue) != 0;
}

ProcessQueuePtr AssignedQueues::Add(const protocol::MessageQueue& queue, int64_t offset) {
  std::lock_guard lock(mutex_);
  if (closed_) return nullptr;
  auto [it, added] = queues_.try_emplace(queue);
  if (!added) return nullptr;
  it->second = std::make_shared<ProcessQueue>(queue, offset);
  return it->second;
}

ProcessQueuePtr AssignedQueues::Restart(const protocol::MessageQueue& queue, int64_t offset,
                                        const SendCommit& commit, const ProcessQueue* only_if) {
  std::lock_guard lock(mutex_);
  auto it = queues_.find(queue);
  if (it == queues_.end() || (only_if != nullptr && it->second.get() != only_if)) return nullptr;
  it->second->Drop();
  it->second = std::make_shared<ProcessQueue>(queue, offset);
  commit(it->second, it->second->TakeCommit());
  return it->second;
}

void AssignedQueues::Commit(const SendCommit& commit) {
  std::lock_guard lock(mutex_);
  for (const auto& [name, queue] : queues_) {
    int64_t offset = queue->TakeCommit();
    if (offset >= 0) commit(queue, offset);
  }
}

void AssignedQueues::Close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  for (const auto& [name, queue] : queues_) queue->Drop();
  queues_.clear();
}

std::vector<protocol::MessageQueue> AssignedQueues::Names() const {
  std::lock_guard lock(mutex_);
  std::vector<protocol::MessageQueue> names;
  for (const auto& [name, queue] : queues_) names.push_back(name);
  return names;
}

}  // namespace rewindmq::client
