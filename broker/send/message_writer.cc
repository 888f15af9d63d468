#include "broker/send/message_writer.h"

namespace rewindmq::broker {
namespace {

using store::MessageToPut;
using store::PutResult;
using store::PutStatus;

PutResult Refused(PutStatus status, std::string error) {
  PutResult result;
  result.status = status;
  result.error = std::move(error);
  return result;
}

}  // namespace

PutResult MessageWriter::Put(const MessageToPut& message, const SendProperties& properties,
                             int64_t* timer_out_ms) {
  bool is_plain = properties.delay.empty() && !properties.IsTimer();
  // Halves of transactions wait for the commit, which comes here again.
  if (is_plain || !store::IsConsumable(message.sys_flag)) return store_->Put(message);
  std::optional<int32_t> level = properties.DelayLevel();
  if (!level) {
    return Refused(PutStatus::kMessageIllegal, "the property DELAY is '" +
                                                   std::string(properties.delay) +
                                                   "'; use the number of a delay level");
  }
  if (*level > 0) {
    std::string text;
    return store_->Put(DeferByLevel(message, *level, levels_, clock_->WallMs(), &text));
  }
  if (!properties.IsTimer() || message.topic == kWheelTimerTopic) return store_->Put(message);
  return PutTimer(message, properties, timer_out_ms);
}

PutResult MessageWriter::PutTimer(const MessageToPut& message, const SendProperties& properties,
                                  int64_t* timer_out_ms) {
  if (!timers_.enabled) {
    return Refused(PutStatus::kTimerRefused,
                   "accurate timer message is not enabled, timerWheelEnable is false");
  }
  const int64_t now_ms = clock_->WallMs();
  Result<int64_t> deliver_ms = TimerDeliveryMs(properties, timers_, now_ms);
  if (!deliver_ms.ok()) return Refused(PutStatus::kMessageIllegal, deliver_ms.status().message());
  if (*deliver_ms <= now_ms) return store_->Put(message);
  if (pending_timers_ >= kMaxPendingTimers) {
    return Refused(PutStatus::kTimerRefused,
                   "timer message is under flow control, max num limit "
                   "is " +
                       std::to_string(kMaxPendingTimers));
  }
  const int64_t out_ms = TimerOutMs(*deliver_ms, timers_);
  if (timer_out_ms != nullptr) *timer_out_ms = out_ms;
  std::string text;
  return store_->Put(DeferUntil(message, out_ms, &text));
}

}  // namespace rewindmq::broker
