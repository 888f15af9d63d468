#pragma once
// SIGTERM and SIGINT as something to wait for. Make it first thing in main, before any thread: it
// blocks both signals, and threads made later inherit that. SIGPIPE is ignored too: a peer that
// hangs up is an error value of a write.

namespace rewindmq {

class StopSignal {
 public:
  StopSignal();
  // Blocks until one comes, and gives its number.
  int Wait();
};

}  // namespace rewindmq
