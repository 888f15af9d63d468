#include "broker/overload/send_gate.h"

#include <algorithm>

namespace rewindmq::broker {
namespace {

std::string Remark(const char* kind, int64_t waited_ms, int64_t waiting) {
  return std::string(kind) + "broker busy, start flow control for a while, period in queue: " +
         std::to_string(waited_ms) + "ms, size of queue: " + std::to_string(waiting);
}

}  // namespace

std::optional<std::string> RefuseSend(const SendLimits& limits, const SendSituation& situation) {
  if (situation.longest_under_way_ms > limits.page_cache_busy_ms) {
    return Remark("[PCBUSY_CLEAN_QUEUE]", situation.waited_ms, situation.waiting_for_disk);
  }
  if (situation.waited_ms >= limits.wait_in_send_queue_ms) {
    return Remark("[TIMEOUT_CLEAN_QUEUE]", situation.waited_ms, situation.waiting_for_disk);
  }
  if (situation.waiting_for_disk >= limits.send_queue_capacity) {
    return "[OVERLOAD]system busy, start flow control for a while";
  }
  return std::nullopt;
}

size_t SendGate::SlotOfThisThread() {
  static std::atomic<size_t> threads{0};
  thread_local const size_t slot = threads.fetch_add(1, std::memory_order_relaxed) % kSlots;
  return slot;
}

SendGate::Pass SendGate::Enter(int64_t read_ms) {
  size_t own = SlotOfThisThread();
  if (used_slots_.load(std::memory_order_relaxed) <= own) {
    size_t used = used_slots_.load(std::memory_order_relaxed);
    while (used <= own && !used_slots_.compare_exchange_weak(used, own + 1)) {
    }
  }
  int64_t now_ms = clock_->SteadyMs();
  SendSituation situation;
  situation.waited_ms = std::max<int64_t>(now_ms - read_ms, 0);
  situation.waiting_for_disk = waiting_->load(std::memory_order_relaxed);
  size_t used = used_slots_.load(std::memory_order_relaxed);
  for (size_t i = 0; i < used; ++i) {
    int64_t begun_ms = slots_[i].begun_ms.load(std::memory_order_relaxed);
    if (i == own || begun_ms == kIdle) continue;
    situation.longest_under_way_ms = std::max(situation.longest_under_way_ms, now_ms - begun_ms);
  }
  std::optional<std::string> refusal = RefuseSend(limits_, situation);
  if (refusal) return {nullptr, std::move(refusal)};
  slots_[own].begun_ms.store(now_ms, std::memory_order_relaxed);
  return {&slots_[own].begun_ms, std::nullopt};
}

std::shared_ptr<void> SendGate::CountWaiting() {
  waiting_->fetch_add(1, std::memory_order_relaxed);
  return {static_cast<void*>(waiting_.get()),
          [waiting = waiting_](void*) { waiting->fetch_sub(1, std::memory_order_relaxed); }};
}

}  // namespace rewindmq::broker
