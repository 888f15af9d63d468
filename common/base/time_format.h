#pragma once
// Moments as text: RFC 3339 for Kubernetes, RocketMQ's own forms for its tools. All in UTC unless
// the text names an offset.

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace rewindmq {

// "2026-01-02T03:04:05Z", with ".123" before the Z only when milliseconds are asked for.
std::string FormatRfc3339(int64_t wall_ms, bool with_milliseconds = false);

// Reads RFC 3339 with any fraction (kept to milliseconds, the rest is cut) and any offset.
// kInvalidArgument names the text and shows the form that is expected.
Result<int64_t> ParseRfc3339(std::string_view text);

// Reads what mqadmin's -s accepts: milliseconds since 1970, "now", or
// "yyyy-MM-dd#HH:mm:ss:SSS" in the machine's time zone (UtilAll.parseDate).
Result<int64_t> ParseAdminTimestamp(std::string_view text, int64_t now_ms);

}  // namespace rewindmq
