#pragma once
// Long polling: pulls that found nothing wait here until a message arrives in their queue, the
// group is reset, or their time is up (PullRequestHoldService). Woken by events, never by scanning
// the queues. Thread safety: any thread; resumed pulls run on the thread that woke them.

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "broker/filter/sql_expression.h"
#include "broker/pull/pull_request.h"
#include "common/base/clock.h"
#include "common/protocol/heartbeat.h"
#include "common/remoting/dispatcher.h"

namespace rewindmq::broker {

struct HeldPull {
  PullRequest request;
  std::shared_ptr<const protocol::SubscriptionData> subscription;
  std::shared_ptr<const SqlExpression> selector;  // null: filtered by the subscription's tags
  remoting::Responder responder;
  int64_t deadline_ms = 0;  // steady
};

// A waiting pull costs about half a KiB; a client that consumes a thousand topics of 16 queues
// stays below what one connection may have.
struct PullHoldLimits {
  size_t pulls = 200'000;
  size_t pulls_per_connection = 20'000;
};

class PullHold : public std::enable_shared_from_this<PullHold> {
 public:
  // `resume` runs a pull again, the last time without holding it. Resuming may hold it anew.
  using Resume = std::function<void(HeldPull, bool may_hold)>;

  // Times out on `loop`.
  PullHold(asio::io_context& loop, const Clock* clock, Resume resume, PullHoldLimits limits = {});
  void Stop();

  // Holds the pull unless `changed` says that what it waits for has come since it was read; then
  // it is left with the caller and the answer is false. Asked under the lock that arrivals and
  // wake-ups take too, so that nothing can come unnoticed in between. Beyond the limits the pull is
  // answered with 2 (SYSTEM_BUSY): RocketMQ's clients pull again after some seconds.
  bool Hold(HeldPull* pull, const std::function<bool()>& changed);
  // A message with these tags is now the last below max_offset.
  void OnArrival(std::string_view topic, int32_t queue_id, int64_t max_offset, int64_t tags_code);
  // Resumes every held pull of the group on this topic, whatever its queue.
  void WakeGroup(std::string_view group, std::string_view topic);
  size_t size() const;

 private:
  using QueueKey = std::pair<std::string, int32_t>;

  // Takes out those that `choose` returns true for.
  template <typename Choose>
  std::vector<HeldPull> TakeIf(std::vector<HeldPull>* pulls, Choose choose);
  bool Full(uint64_t connection_id) const;  // needs mutex_
  void Run(std::vector<HeldPull> pulls, bool may_hold);
  void ArmTimer();
  void OnTimer();

  asio::io_context& loop_;
  asio::steady_timer timer_;
  const Clock* clock_;
  const Resume resume_;
  const PullHoldLimits limits_;
  mutable std::mutex mutex_;
  bool stopped_ = false;                                 // guarded by mutex_
  std::map<QueueKey, std::vector<HeldPull>> queues_;     // guarded by mutex_
  size_t held_ = 0;                                      // guarded by mutex_
  std::unordered_map<uint64_t, size_t> per_connection_;  // guarded by mutex_
};

// True when a message with this hash passes the subscription's tags.
bool TagsMatch(const protocol::SubscriptionData& subscription, int64_t tags_code);

}  // namespace rewindmq::broker
