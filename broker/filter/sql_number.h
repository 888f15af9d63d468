#pragma once
// Numbers as Java reads them from a string (Integer.valueOf, Long.valueOf, Double.valueOf); empty
// where Java throws. Digits of other scripts, which Java takes too, are not numbers here. Pure.

#include <cstdint>
#include <optional>
#include <string_view>

namespace rewindmq::broker {

std::optional<int32_t> JavaInt(std::string_view text);
std::optional<int64_t> JavaLong(std::string_view text);
// Blanks around it, "NaN", "Infinity", a suffix d or f, and hexadecimal floats are allowed.
std::optional<double> JavaDouble(std::string_view text);

}  // namespace rewindmq::broker
