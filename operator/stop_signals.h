#pragma once
// SIGTERM and SIGINT as a stop token. Thread safety: create it first thing in main, before other
// threads: they inherit that these signals are not for them.

#include <signal.h>

#include <stop_token>
#include <thread>

namespace rewindmq {

class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // Stop is requested by the first signal.
  std::stop_token token() const { return stop_.get_token(); }
  // Until then.
  void Wait() const;

 private:
  sigset_t signals_;
  std::stop_source stop_;
  std::thread thread_;
};

}  // namespace rewindmq
