#include "common/base/stop_signal.h"

#include <csignal>

namespace rewindmq {
namespace {

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

StopSignal::StopSignal() {
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

int StopSignal::Wait() {
  sigset_t signals = StopSignals();
  int number = 0;
  sigwait(&signals, &number);
  return number;
}

}  // namespace rewindmq
