#include "broker/options/delivery_settings.h"

namespace rewindmq::broker {
namespace {

constexpr int64_t kMaxTimerDelaySec = int64_t{366} * 24 * 3600;

}  // namespace

const std::vector<std::string>& DeliverySettingKeys() {
  static const std::vector<std::string> kKeys = {"flushDelayOffsetInterval", "messageDelayLevel",
                                                 "timerMaxDelaySec", "timerPrecisionMs",
                                                 "timerWheelEnable"};
  return kKeys;
}

Status ReadDeliverySettings(const Settings& settings, DeliveryOptions* options) {
  std::string levels = options->levels.text();
  REWIND_TRY(settings.Read("messageDelayLevel", &levels));
  REWIND_TRY_ASSIGN(options->levels, DelayLevels::Parse(levels));
  REWIND_TRY(settings.Read("flushDelayOffsetInterval", &options->save_interval_ms, 100, 3'600'000));
  REWIND_TRY(settings.Read("timerWheelEnable", &options->timers.enabled));
  REWIND_TRY(
      settings.Read("timerMaxDelaySec", &options->timers.max_delay_sec, 1, kMaxTimerDelaySec));
  return settings.Read("timerPrecisionMs", &options->timers.precision_ms, 10, 1000);
}

}  // namespace rewindmq::broker
