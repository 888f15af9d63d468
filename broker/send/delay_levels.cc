#include "broker/send/delay_levels.h"

#include "broker/send/send_properties.h"
#include "common/base/parse.h"
#include "common/protocol/topic_names.h"

namespace rewindmq::broker {
namespace {

constexpr int64_t kMaxDelayMs = int64_t{366} * 24 * 3'600'000;

Result<int64_t> ParseDelay(std::string_view text) {
  Status bad(ErrorCode::kInvalidArgument, "messageDelayLevel has '" + std::string(text) +
                                              "'; use numbers with s, m, h or d, such as 30s, of "
                                              "at most 366 days");
  if (text.size() < 2) return bad;
  int64_t unit_ms = 0;
  if (text.back() == 's') unit_ms = 1000;
  if (text.back() == 'm') unit_ms = 60'000;
  if (text.back() == 'h') unit_ms = 3'600'000;
  if (text.back() == 'd') unit_ms = 24 * 3'600'000;
  Result<int64_t> number = ParseInt64(text.substr(0, text.size() - 1), "messageDelayLevel");
  bool usable = unit_ms > 0 && number.ok() && *number >= 0 && *number <= kMaxDelayMs / unit_ms;
  if (!usable) return bad;
  return *number * unit_ms;
}

}  // namespace

Result<DelayLevels> DelayLevels::Parse(std::string_view text) {
  DelayLevels levels;
  levels.text_ = text;
  for (const std::string& part : SplitTrimmed(text, ' ')) {
    if (part.empty()) continue;
    REWIND_TRY_ASSIGN(int64_t delay_ms, ParseDelay(part));
    levels.delays_ms_.push_back(delay_ms);
  }
  if (levels.delays_ms_.empty() || levels.delays_ms_.size() > kMaxDelayLevels) {
    return Status(ErrorCode::kInvalidArgument,
                  "messageDelayLevel has " + std::to_string(levels.delays_ms_.size()) +
                      " delays; use 1 to " + std::to_string(kMaxDelayLevels));
  }
  return levels;
}

int64_t DelayLevels::TagsCodeOf(const store::Record& record) const {
  SendProperties properties = ScanProperties(record.properties);
  int32_t level = properties.DelayLevel().value_or(0);
  if (record.topic != protocol::kScheduleTopic || level <= 0) return properties.TagsCode();
  return record.store_timestamp_ms + DelayMs(Clamp(level));
}

}  // namespace rewindmq::broker
