#pragma once
// Changing how much is logged while the process runs. Thread safety: any thread.

#include <string>

#include "common/base/log.h"

namespace rewindmq {

// The errors of InitLogging, without any effect.
Status CheckLogOptions(const LogOptions& options);
// Another level from now on; CheckLogOptions has accepted it.
void SetLogLevel(const std::string& level);

}  // namespace rewindmq
