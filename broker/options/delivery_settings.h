#pragma once
// The settings of messages that are for later, by RocketMQ's keys (MessageStoreConfig).
// Thread safety: pure functions.

#include <string>
#include <vector>

#include "broker/send/deferred_message.h"
#include "broker/send/delay_levels.h"
#include "common/base/settings.h"
#include "common/base/status.h"

namespace rewindmq::broker {

struct DeliveryOptions {
  DelayLevels levels = DelayLevels::Default();
  int32_t save_interval_ms = 10'000;  // flushDelayOffsetInterval
  TimerRules timers;
};

const std::vector<std::string>& DeliverySettingKeys();

// Changes those that are set. kInvalidArgument names the setting and its place.
Status ReadDeliverySettings(const Settings& settings, DeliveryOptions* options);

}  // namespace rewindmq::broker
