#pragma once
// How many messages have come, and waiting for more. Thread safety: every method may be called from
// any thread.

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace rewindmq::cli {

class MessageCounter {
 public:
  void Add(int64_t count);
  void Reset();
  int64_t count() const;
  // True when the count reached `expected` before the time was up.
  bool WaitFor(int64_t expected, int64_t timeout_ms) const;
  // Waits until none has come for `quiet_ms`; gives the count.
  int64_t WaitForQuiet(int64_t quiet_ms) const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  int64_t count_ = 0;     // guarded by mutex_
  uint64_t version_ = 0;  // guarded by mutex_; grows with each change
};

}  // namespace rewindmq::cli
