#pragma once
// A queue of keys for the workers of a controller, with the promises of client-go's workqueue: a
// key that is added many times is handed out once; a key is never with two workers; a key added
// while a worker has it is handed out again after Done. Adds may be delayed, and a key that keeps
// failing waits longer each time (5 ms doubling up to 1000 s) until Forget. Thread safety: every
// call may come from any thread. Get blocks on a condition variable, no polling.

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace rewindmq::kube {

class WorkQueue {
 public:
  static constexpr int64_t kFirstRetryMs = 5;
  static constexpr int64_t kLongestRetryMs = 1'000'000;

  void Add(const std::string& key);
  // Adds the key when `delay_ms` have passed; at once when it is not positive. When the key already
  // waits, the earlier moment counts.
  void AddAfter(const std::string& key, int64_t delay_ms);
  // Counts a failure of the key and adds it after RetryDelayMs. Returns that delay.
  int64_t AddAfterFailure(const std::string& key);
  // The key's work succeeded: its next failure starts at the shortest delay again.
  void Forget(const std::string& key);

  // Waits for a key and hands it to the caller, who must call Done with it. nullopt once the queue
  // is shut down, even when keys are left: whoever starts next lists them again.
  std::optional<std::string> Get();
  void Done(const std::string& key);

  // Wakes every Get; later adds are dropped.
  void ShutDown();

  // Keys that wait to be handed out now, delayed ones not counted.
  size_t ReadyCount() const;
  size_t DelayedCount() const;

  // The delay before the next try after so many failures before this one.
  static int64_t RetryDelayMs(uint32_t earlier_failures);

 private:
  using Moment = std::chrono::steady_clock::time_point;

  void AddLocked(const std::string& key);
  void AddAfterLocked(const std::string& key, int64_t delay_ms);
  // Moves every delayed key whose moment has come to the ready ones.
  void PromoteDueLocked(Moment now);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> ready_;
  std::set<std::string> dirty_;       // wanted: in ready_, or to be added again after Done
  std::set<std::string> processing_;  // with a worker
  std::multimap<Moment, std::string> delayed_;
  std::map<std::string, std::multimap<Moment, std::string>::iterator> delayed_by_key_;
  std::map<std::string, uint32_t> failures_;
  bool shut_down_ = false;
};

}  // namespace rewindmq::kube
