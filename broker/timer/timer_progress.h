#pragma once
// How far the messages of the wheel topic have been delivered: config/timerProgress.json. RocketMQ
// keeps a wheel and a log of its own for this (timerwheel, timerlog, timercheck); here the topic's
// queue itself is the log, and these three numbers say what of it is still to be done. Pure.

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace rewindmq::broker {

struct TimerProgress {
  int64_t read_from = 0;         // the first offset that is still to be delivered
  int64_t known_until = 0;       // of the offsets below,
  int64_t delivered_out_ms = 0;  // those with a TIMER_OUT_MS up to here have been delivered

  bool IsDelivered(int64_t offset, int64_t out_ms) const {
    return offset < known_until && out_ms <= delivered_out_ms;
  }
  bool operator==(const TimerProgress&) const = default;
};

std::string EncodeTimerProgress(const TimerProgress& progress);
Result<TimerProgress> DecodeTimerProgress(std::string_view text);

// From the first bytes of a Java broker's timercheck file: what it had delivered of the offsets
// below `max_offset`. Nothing when the file is too short.
TimerProgress ProgressOfJava(std::string_view timercheck, int64_t max_offset);

}  // namespace rewindmq::broker
