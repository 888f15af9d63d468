#pragma once
// One logger for the process: text for people, JSON lines for collectors, always on stderr. Use
// spdlog's own calls: spdlog::info("registered {} at {}", broker_name, address).
// Thread safety: every call may come from any thread.

#include <spdlog/spdlog.h>

#include <string>

#include "common/base/status.h"

namespace rewindmq {

struct LogOptions {
  std::string level = "info";   // trace, debug, info, warn, error
  std::string format = "text";  // text or json
};

// Call once, first thing in main. kInvalidArgument names an unknown level or format.
Status InitLogging(const LogOptions& options);

}  // namespace rewindmq
