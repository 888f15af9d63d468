#pragma once
// The one door to the store for messages of clients and of the broker itself (RocketMQ's
// HookUtils.handleScheduleMessage before DefaultMessageStore.putMessage): a message that is for
// later goes to where it waits, everything else straight into the store.
// Thread safety: any thread.

#include <atomic>
#include <vector>

#include "broker/send/deferred_message.h"
#include "broker/send/delay_levels.h"
#include "broker/send/inner_message.h"
#include "broker/send/send_properties.h"
#include "broker/store/message_store.h"
#include "common/base/clock.h"

namespace rewindmq::broker {

// Each takes 16 bytes of memory while it waits. (Java limits the messages of one second instead.)
inline constexpr int64_t kMaxPendingTimers = 4'000'000;

class MessageWriter {
 public:
  explicit MessageWriter(store::MessageStore* store, DelayLevels levels = DelayLevels::Default(),
                         TimerRules timers = {}, const Clock* clock = &SystemClock())
      : store_(store), levels_(std::move(levels)), timers_(timers), clock_(clock) {}

  // `properties` are those of the message, when the caller has scanned them already. When the
  // message waits for a time, *timer_out_ms becomes its TIMER_OUT_MS.
  store::PutResult Put(const store::MessageToPut& message, const SendProperties& properties,
                       int64_t* timer_out_ms = nullptr);
  store::PutResult Put(const store::MessageToPut& message) {
    return Put(message, ScanProperties(message.properties));
  }
  store::PutResult Put(const InnerMessage& message) { return Put(message.View()); }
  // None of them is for later.
  store::PutResult PutBatch(const std::vector<store::MessageToPut>& messages) {
    return store_->PutBatch(messages);
  }

  const DelayLevels& levels() const { return levels_; }
  const TimerRules& timers() const { return timers_; }
  // How many messages wait for their time; beyond kMaxPendingTimers no more are taken.
  void SetPendingTimers(int64_t count) { pending_timers_ = count; }
  int64_t pending_timers() const { return pending_timers_; }

 private:
  store::PutResult PutTimer(const store::MessageToPut& message, const SendProperties& properties,
                            int64_t* timer_out_ms);

  store::MessageStore* const store_;
  const DelayLevels levels_;
  const TimerRules timers_;
  const Clock* const clock_;
  std::atomic<int64_t> pending_timers_{0};
};

}  // namespace rewindmq::broker
