#pragma once
// Numbers and truth values out of text that came from outside. Every error names the field and the
// text, so that a user sees what to mend.

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace rewindmq {

template <typename T>
Result<T> ParseInteger(std::string_view text, std::string_view field) {
  T value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return Status(ErrorCode::kInvalidArgument,
                  std::string(field) + " is '" + std::string(text) + "', which is not a number" +
                      (error == std::errc::result_out_of_range ? " in range" : ""));
  }
  return value;
}

inline Result<int32_t> ParseInt32(std::string_view text, std::string_view field) {
  return ParseInteger<int32_t>(text, field);
}
inline Result<int64_t> ParseInt64(std::string_view text, std::string_view field) {
  return ParseInteger<int64_t>(text, field);
}

// "true" or "false", in any case.
Result<bool> ParseBool(std::string_view text, std::string_view field);

// Splits at every separator; parts are trimmed and empty ones dropped.
std::vector<std::string> SplitTrimmed(std::string_view text, char separator);
std::string_view Trim(std::string_view text);

}  // namespace rewindmq
