#pragma once
// Producers that keep one message in flight each, over broker losses, and remember what became of
// every one. Nothing is ever sent twice, so a message that is stored twice is the broker's doing.
// Thread safety: Run once, from one thread.

#include <cstdint>
#include <string>

#include "common/base/status.h"

namespace rewindmq::live {

struct ProduceOptions {
  std::string address;  // of the broker, "host:port"
  std::string topic;
  std::string history_path;
  int32_t queues = 4;
  int32_t producers = 8;
  int32_t first_producer = 0;  // number of the first one; several loads may share a topic
  int32_t timeout_ms = 3000;   // of one request
  size_t body_bytes = 1024;
  int64_t max_messages = 0;  // of each producer; 0 = until told to stop
};

// Sends until `stop_fd` or the standard input is readable or ended. Prints a line when what the
// broker answers changes ("result acked 0", "result refused 14", "result unknown 0"), so that a
// test can wait for it. Afterwards writes one line an operation, times in microseconds of the
// steady clock:
//   producer queue seq invoked returned acked|refused|unknown queue_offset code
// acked: answered 0. unknown: no answer, or stored but not safely (10, 11, 12). refused: the rest.
Status Produce(const ProduceOptions& options, int stop_fd);

}  // namespace rewindmq::live
