#pragma once
// The command line of rewind-operator. Every flag can also be given as an environment variable:
// --health-port as REWIND_OPERATOR_HEALTH_PORT; the flag wins. Thread safety: plain data.

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/log.h"
#include "common/base/status.h"

namespace rewindmq {

struct OperatorOptions {
  std::string manifests;   // folder of OffsetReset files to serve instead of a cluster
  bool once = false;       // with manifests: end when every object is finished
  std::string kubeconfig;  // empty: KUBECONFIG, the pod's service account, or ~/.kube/config
  std::string name_space;  // empty: all
  int workers = 4;
  uint16_t health_port = 0;  // 0: no health server
  LogOptions log;
  // Set when the program should end at once with this exit code (--help).
  std::optional<int> exit_code;
};

// kInvalidArgument says which flag or variable is wrong.
Result<OperatorOptions> ParseOperatorOptions(int argc, const char* const* argv);

}  // namespace rewindmq
