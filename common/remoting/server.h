#pragma once
// Accepts remoting connections on one or more ports and gives their requests to one dispatcher.
// When the process has no descriptors left for more of them, they wait in the kernel's queue until
// others close.
// Thread safety: Listen before Start; Stop once, from a thread that is not one of the loops.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/base/status.h"
#include "common/remoting/connection.h"
#include "common/remoting/dispatcher.h"
#include "common/remoting/io_threads.h"

namespace rewindmq::remoting {

struct ServerOptions {
  ConnectionLimits connection;
  size_t max_connections = 16 * 1024;
  size_t max_connections_per_address = 8 * 1024;
  // Descriptors of the process that connections leave to its files: accepting pauses before it
  // would take them. A broker that cannot open a file can neither store nor sync.
  size_t reserved_descriptors = 32;
};

class Server {
 public:
  using ClosedListener = std::function<void(const std::shared_ptr<Connection>&)>;

  // `io` and `dispatcher` outlive the server, and `io` runs until it has stopped.
  Server(IoThreads* io, const Dispatcher* dispatcher, ServerOptions options);
  ~Server();

  // Binds at once; port 0 picks a free one. Returns the port. Errors name address and port.
  Result<uint16_t> Listen(const std::string& address, uint16_t port);
  // Runs on the loop of a connection that has ended; not called any more once Stop has returned.
  // Before Start.
  void OnConnectionClosed(ClosedListener listener);
  void Start();
  // Stops accepting and closes every connection. The destructor does it too.
  void Stop();
  size_t connection_count() const;

 private:
  class Core;

  std::shared_ptr<Core> core_;
};

}  // namespace rewindmq::remoting
