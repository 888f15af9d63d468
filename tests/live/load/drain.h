#pragma once
// Reads every message of a topic's queues straight from the broker, without a group, and says
// whose each one is. Thread safety: pure functions apart from the network and stdout.

#include <cstdint>
#include <string>

#include "common/base/status.h"

namespace rewindmq::live {

struct DrainOptions {
  std::string address;
  std::string topic;
  std::string output_path;
  int32_t queues = 4;
  int32_t timeout_ms = 10'000;
};

// Writes "bounds queue min max" for each queue and then one line a message:
//   message queue queue_offset producer seq ok|foreign
// A queue that gives nothing more before its max offset ends with "stuck queue offset code".
Status Drain(const DrainOptions& options);

}  // namespace rewindmq::live
