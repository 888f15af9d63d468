#pragma once
// The running nameserver: one io thread that serves the handlers, forgets brokers whose connection
// ended, and looks for silent ones. Thread safety: Start and Stop from one thread.

#include <asio/steady_timer.hpp>
#include <cstdint>
#include <memory>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/remoting/dispatcher.h"
#include "common/remoting/io_threads.h"
#include "common/remoting/server.h"
#include "nameserver/handlers.h"

namespace rewindmq::nameserver {

class Service {
 public:
  // Loads the KV configuration. kCorruption when its file is broken.
  static Result<std::unique_ptr<Service>> Create(Options options, const Clock* clock);
  ~Service();

  // Returns the port. kUnavailable says which address cannot be bound and why.
  Result<uint16_t> Start();
  void Stop();

 private:
  Service(Options options, KvConfig kv, const Clock* clock);

  void ScanLater();

  State state_;
  HandlerTable handlers_;
  remoting::Dispatcher dispatcher_;
  remoting::IoThreads io_{1};
  asio::steady_timer scan_timer_;  // touched on the io thread only
  remoting::Server server_;
};

}  // namespace rewindmq::nameserver
