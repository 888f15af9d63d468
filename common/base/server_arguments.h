#pragma once
// The command line that both servers share with RocketMQ's own: -c FILE, -n NAMESERVERS, and every
// setting also as --key value. Precedence: file, then environment, then flags.

#include <optional>
#include <string>
#include <vector>

#include "common/base/settings.h"
#include "common/base/status.h"

namespace rewindmq {

struct ServerArguments {
  Settings settings;
  bool list_requests = false;  // --list-requests: print which codes are served, and end
  // Set when the program should end at once with this exit code (--help, --version).
  std::optional<int> exit_code;
};

// Warnings about unknown keys are for the caller to log (Settings::Unknown). kInvalidArgument or
// kNotFound say which flag, file or line is wrong.
Result<ServerArguments> ParseServerArguments(int argc, const char* const* argv,
                                             const std::string& description,
                                             const std::vector<std::string>& known_keys);

}  // namespace rewindmq
