#pragma once
// Overload protection at the front of the send path (BrokerFastFailure, SendMessageProcessor's
// rejectRequest): a send that could not begin in time, or that would only wait behind one that is
// stuck, is refused at once with code 2 (SYSTEM_BUSY) and RocketMQ's own remark, so that its
// producer tries another broker instead of running into its time-out. RocketMQ's broker never
// answers 215 (FLOW_CONTROL) to a send: not to 5.x clients either.
// Cost of a send that passes: one read of the clock, two stores and a look at each other thread.
// Thread safety: any thread; a Pass stays on its thread.

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "common/base/clock.h"

namespace rewindmq::broker {

// RocketMQ's keys and defaults.
struct SendLimits {
  int64_t wait_in_send_queue_ms = 200;   // waitTimeMillsInSendQueue
  int64_t page_cache_busy_ms = 1000;     // osPageCacheBusyTimeOutMills
  int64_t send_queue_capacity = 10'000;  // sendThreadPoolQueueCapacity
};

// How the broker is at the moment a send would begin.
struct SendSituation {
  int64_t waited_ms = 0;             // this request, since its bytes were read
  int64_t longest_under_way_ms = 0;  // of the other sends that are in the store now
  int64_t waiting_for_disk = 0;      // sends that are stored and not yet answered
};

// The remark to refuse it with; nothing when it may begin.
std::optional<std::string> RefuseSend(const SendLimits& limits, const SendSituation& situation);

class SendGate {
  static constexpr int64_t kIdle = -1;  // in a slot: nothing is under way

 public:
  explicit SendGate(const Clock* clock, SendLimits limits = {})
      : clock_(clock), limits_(limits), waiting_(std::make_shared<std::atomic<int64_t>>(0)) {}

  // One send: from Enter until the end of the object it is under way, unless it was refused.
  class Pass {
   public:
    Pass(std::atomic<int64_t>* begun, std::optional<std::string> refusal)
        : begun_(begun), refusal_(std::move(refusal)) {}
    ~Pass() {
      if (begun_ != nullptr) begun_->store(kIdle, std::memory_order_relaxed);
    }
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;

    const std::optional<std::string>& refusal() const { return refusal_; }

   private:
    std::atomic<int64_t>* begun_;
    std::optional<std::string> refusal_;
  };

  // `read_ms`: when the request's bytes were read (Connection::last_active_ms).
  Pass Enter(int64_t read_ms);

  // A stored send that waits for the disk; it counts until the last copy is gone.
  std::shared_ptr<void> CountWaiting();

 private:
  // More loops than a broker has; threads share a slot beyond that, which only makes the gate see
  // less.
  static constexpr size_t kSlots = 64;
  struct alignas(64) Slot {
    std::atomic<int64_t> begun_ms{kIdle};
  };

  static size_t SlotOfThisThread();

  const Clock* const clock_;
  const SendLimits limits_;
  // Shared with those that wait, who may be the last to go.
  const std::shared_ptr<std::atomic<int64_t>> waiting_;
  std::atomic<size_t> used_slots_{0};
  std::array<Slot, kSlots> slots_;
};

}  // namespace rewindmq::broker
