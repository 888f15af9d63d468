#pragma once
// Reads the JSON of a registration (code 103) in one pass, without a tree of values in between: ten
// thousand topics arrive in it every 30 seconds. It takes the plain form alone, which every broker
// writes: ASCII without escapes, numbers as numbers, nothing null, no member twice. For anything
// else it says so, and the tolerant reader (java_json.h) decides what the text means and what is
// wrong with it; a test holds both against each other. Thread safety: pure functions.

#include <optional>
#include <string_view>

#include "common/protocol/register_broker.h"

namespace rewindmq::protocol {

// Nothing when the text is not of the plain form.
std::optional<RegisterBrokerBody> ScanRegisterBrokerBody(std::string_view text);

}  // namespace rewindmq::protocol
