#pragma once
// The two ways to keep a message for later, and back: by delay level in the schedule topic
// (HookUtils.transformDelayLevelMessage, ScheduleMessageService.messageTimeUp), and by time in the
// wheel topic of RocketMQ 5 (transformTimerMessage, TimerMessageStore.convert). What is kept names
// its own topic and queue in properties. Pure.

#include <string>

#include "broker/send/delay_levels.h"
#include "broker/send/inner_message.h"
#include "broker/send/send_properties.h"
#include "broker/store/put_result.h"
#include "common/base/status.h"

namespace rewindmq::broker {

inline constexpr std::string_view kWheelTimerTopic = "rmq_sys_wheel_timer";
inline constexpr int64_t kDefaultTimerMaxDelaySec = 3 * 24 * 3600;
inline constexpr int64_t kDefaultTimerPrecisionMs = 1000;

struct TimerRules {
  bool enabled = true;  // timerWheelEnable
  int64_t max_delay_sec = kDefaultTimerMaxDelaySec;
  int64_t precision_ms = kDefaultTimerPrecisionMs;
};

// The message as it waits for its level. Its properties are written to *properties, which the
// result points into.
store::MessageToPut DeferByLevel(const store::MessageToPut& message, int32_t level,
                                 const DelayLevels& levels, int64_t now_ms,
                                 std::string* properties);
// When the message asks to be delivered, in wall time. kInvalidArgument when that is no number, too
// far away, or past for a message that is to delete another.
Result<int64_t> TimerDeliveryMs(const SendProperties& wanted, const TimerRules& rules,
                                int64_t now_ms);
// TIMER_OUT_MS: the last tick before the time, as Java computes it.
int64_t TimerOutMs(int64_t deliver_ms, const TimerRules& rules);
// When a message of this TIMER_OUT_MS is due: not before it was wanted, at most one tick after.
inline int64_t TimerDueMs(int64_t out_ms, const TimerRules& rules) {
  return out_ms + rules.precision_ms;
}
store::MessageToPut DeferUntil(const store::MessageToPut& message, int64_t out_ms,
                               std::string* properties);

// The message for its own topic, once its time has come. kCorruption when the record does not say
// where it belongs.
Result<InnerMessage> AfterDelay(const store::Record& record);
Result<InnerMessage> AfterTimer(const store::Record& record, int64_t now_ms);

}  // namespace rewindmq::broker
