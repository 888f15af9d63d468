#pragma once
// Why the broker answers some requests with code 3, one reason a code; for docs/compatibility.md.
// A code that gets a handler loses its line here. Thread safety: constants.

#include <span>

#include "common/protocol/request_names.h"

namespace rewindmq::broker {

std::span<const protocol::Unserved> UnservedRequests();

}  // namespace rewindmq::broker
