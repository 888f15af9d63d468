#pragma once
// One queue that this client reads at present (ProcessQueue): where the next pull begins, and which
// pulled messages the callback has not finished. Giving the queue back, or moving it by a reset,
// drops the object; a new one is made for the new position, so nothing late can disturb it.
// Thread safety: every method may be called from any thread.

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

#include "client/message.h"
#include "common/protocol/message_queue.h"

namespace rewindmq::client {

class ProcessQueue {
 public:
  // Pulled but unfinished messages, by number and bytes, above which pulling pauses.
  static constexpr size_t kMaxCachedMessages = 1000;
  static constexpr size_t kMaxCachedBytes = 16U << 20;

  ProcessQueue(protocol::MessageQueue queue, int64_t offset);

  const protocol::MessageQueue& queue() const { return queue_; }

  // A pull brought these; the next one begins at `next_offset`. False when pulling must pause: the
  // call of Finish that makes room again says so.
  bool Put(const std::vector<ReceivedMessage>& messages, int64_t next_offset);
  // The callback is done with these. True when a pause ends.
  bool Finish(const std::vector<ReceivedMessage>& messages);

  int64_t NextOffset() const;
  // Everything before it is finished.
  int64_t CommitOffset() const;
  // The commit offset, when it is another than the one given last time; -1 otherwise. So a position
  // that an administrator writes is not overwritten by a consumer that has nothing to do.
  int64_t TakeCommit();
  // The offset that was taken has not reached the broker: the next call gives it again.
  void ForgetCommit();

  int64_t BrokerId() const;
  void SetBrokerId(int64_t id);

  void Drop();
  bool dropped() const;

 private:
  int64_t CommitOffsetLocked() const;
  bool IsFullLocked() const;

  const protocol::MessageQueue queue_;
  mutable std::mutex mutex_;
  int64_t next_offset_;                   // guarded by mutex_
  int64_t committed_offset_;              // guarded by mutex_
  std::map<int64_t, size_t> unfinished_;  // offset to body bytes; guarded by mutex_
  size_t unfinished_bytes_ = 0;           // guarded by mutex_
  int64_t broker_id_ = 0;                 // which replica to pull from; guarded by mutex_
  bool paused_ = false;                   // guarded by mutex_
  bool dropped_ = false;                  // guarded by mutex_
};

}  // namespace rewindmq::client
