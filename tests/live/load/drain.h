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

// Writes one line a message and then "bounds queue min max", for each queue:
//   message queue queue_offset producer seq ok|foreign
// A queue that gives nothing more before its max offset says "stuck queue offset code". Messages
// that are deleted while they are read may be in front of the bounds.
Status Drain(const DrainOptions& options);

}  // namespace rewindmq::live
