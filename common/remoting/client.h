#pragma once
// Asks remoting servers: one connection an address, made on first use and shared by all callers.
// Requests that a server sends back over it (40, 220, 307) go to the given dispatcher.
// Thread safety: every method may be called from any thread; InvokeSync not from an io thread.

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "common/base/status.h"
#include "common/protocol/command.h"
#include "common/remoting/connection.h"
#include "common/remoting/io_threads.h"

namespace rewindmq::remoting {

struct ClientOptions {
  ConnectionLimits connection;
  int32_t connect_timeout_ms = 3000;
};

class Client {
 public:
  // `io` outlives the client; `dispatcher` may be null when servers are not expected to ask.
  Client(IoThreads* io, const Dispatcher* dispatcher, ClientOptions options = {});
  ~Client();

  // `address` is "host:port"; host may be a name or "[ipv6]". The callback runs exactly once, on an
  // io thread. The time-out covers connecting too.
  void Invoke(const std::string& address, protocol::Outgoing request, int32_t timeout_ms,
              ReplyCallback callback);
  Result<Reply> InvokeSync(const std::string& address, protocol::Outgoing request,
                           int32_t timeout_ms);
  void InvokeOneway(const std::string& address, protocol::Outgoing request);
  // Closes the connection to this address, if any.
  void Disconnect(const std::string& address);
  void Stop();

 private:
  class Target;

  std::shared_ptr<Target> TargetOf(const std::string& address);

  IoThreads* io_;
  const Dispatcher* dispatcher_;
  const ClientOptions options_;
  std::mutex mutex_;
  bool stopped_ = false;                                    // guarded by mutex_
  std::map<std::string, std::shared_ptr<Target>> targets_;  // guarded by mutex_
};

// Splits "host:port" and "[ipv6]:port". kInvalidArgument names the address.
struct HostPort {
  std::string host;
  std::string port;
};
Result<HostPort> SplitAddress(const std::string& address);

}  // namespace rewindmq::remoting
