#pragma once
// The delays that a message may ask for by number (messageDelayLevel, ScheduleMessageService):
// level 1 is the first of the list. Level n waits in queue n-1 of the schedule topic.
// Thread safety: a plain value.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "broker/store/record.h"
#include "common/base/status.h"

namespace rewindmq::broker {

inline constexpr std::string_view kDefaultDelayLevels =
    "1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h";
inline constexpr size_t kMaxDelayLevels = 128;

class DelayLevels {
 public:
  // Numbers with s, m, h or d, blanks between them. kInvalidArgument names the bad one.
  static Result<DelayLevels> Parse(std::string_view text);
  static DelayLevels Default() { return *Parse(kDefaultDelayLevels); }

  // As it was configured.
  const std::string& text() const { return text_; }
  int32_t count() const { return static_cast<int32_t>(delays_ms_.size()); }
  // A level beyond the list is the last one.
  int32_t Clamp(int32_t level) const { return level > count() ? count() : level; }
  // Of a level in the list.
  int64_t DelayMs(int32_t level) const { return delays_ms_[static_cast<size_t>(level) - 1]; }

  // What the consume queue says of a stored record: when it is due, in the schedule topic, and the
  // hash of its tags elsewhere.
  int64_t TagsCodeOf(const store::Record& record) const;

 private:
  std::string text_;
  std::vector<int64_t> delays_ms_;
};

inline int32_t QueueOfDelayLevel(int32_t level) { return level - 1; }

}  // namespace rewindmq::broker
