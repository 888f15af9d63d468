#include "client/process_queue.h"

#include <utility>

namespace rewindmq::client {

// The starting offset came from the broker, yet a new group must commit it once: only then does
// the broker know how far the group is.
ProcessQueue::ProcessQueue(protocol::MessageQueue queue, int64_t offset)
    : queue_(std::move(queue)), next_offset_(offset), committed_offset_(-1) {}

bool ProcessQueue::Put(const std::vector<ReceivedMessage>& messages, int64_t next_offset) {
  std::lock_guard lock(mutex_);
  for (const ReceivedMessage& message : messages) {
    auto [it, added] = unfinished_.emplace(message.queue_offset, message.body.size());
    if (added) unfinished_bytes_ += it->second;
  }
  next_offset_ = next_offset;
  paused_ = IsFullLocked();
  return !paused_;
}

bool ProcessQueue::Finish(const std::vector<ReceivedMessage>& messages) {
  std::lock_guard lock(mutex_);
  for (const ReceivedMessage& message : messages) {
    auto it = unfinished_.find(message.queue_offset);
    if (it == unfinished_.end()) continue;
    unfinished_bytes_ -= it->second;
    unfinished_.erase(it);
  }
  if (!paused_ || IsFullLocked()) return false;
  paused_ = false;
  return !dropped_;
}

int64_t ProcessQueue::NextOffset() const {
  std::lock_guard lock(mutex_);
  return next_offset_;
}

int64_t ProcessQueue::CommitOffset() const {
  std::lock_guard lock(mutex_);
  return CommitOffsetLocked();
}

int64_t ProcessQueue::TakeCommit() {
  std::lock_guard lock(mutex_);
  int64_t offset = CommitOffsetLocked();
  if (offset == committed_offset_) return -1;
  committed_offset_ = offset;
  return offset;
}

void ProcessQueue::ForgetCommit() {
  std::lock_guard lock(mutex_);
  committed_offset_ = -1;
}

int64_t ProcessQueue::BrokerId() const {
  std::lock_guard lock(mutex_);
  return broker_id_;
}

void ProcessQueue::SetBrokerId(int64_t id) {
  std::lock_guard lock(mutex_);
  broker_id_ = id;
}

void ProcessQueue::Drop() {
  std::lock_guard lock(mutex_);
  dropped_ = true;
}

bool ProcessQueue::dropped() const {
  std::lock_guard lock(mutex_);
  return dropped_;
}

int64_t ProcessQueue::CommitOffsetLocked() const {
  return unfinished_.empty() ? next_offset_ : unfinished_.begin()->first;
}

bool ProcessQueue::IsFullLocked() const {
  return unfinished_.size() >= kMaxCachedMessages || unfinished_bytes_ >= kMaxCachedBytes;
}

}  // namespace rewindmq::client
