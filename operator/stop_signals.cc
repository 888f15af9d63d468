#include "operator/stop_signals.h"

#include <condition_variable>
#include <mutex>

namespace rewindmq {

StopSignals::StopSignals() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGTERM);
  sigaddset(&signals_, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  // A peer that has gone is an error of the write, not the end of the process.
  signal(SIGPIPE, SIG_IGN);
  thread_ = std::thread([this] {
    int received = 0;
    sigwait(&signals_, &received);
    stop_.request_stop();
  });
}

StopSignals::~StopSignals() {
  // The thread may still wait: a signal of our own, to it alone, ends it.
  if (!stop_.stop_requested()) pthread_kill(thread_.native_handle(), SIGTERM);
  thread_.join();
}

void StopSignals::Wait() const {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait(lock, stop_.get_token(), [] { return false; });
}

}  // namespace rewindmq
