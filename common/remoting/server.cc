#include "common/remoting/server.h"

#include <sys/resource.h>

#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "common/base/log.h"

namespace rewindmq::remoting {
namespace {

// How long accepting rests when the process has no descriptors left.
constexpr int kAcceptPauseMs = 100;
// Even with a tiny limit somebody has to get in, or nobody could find out why.
constexpr size_t kMinConnections = 4;

// How many connections the process's limit on descriptors allows.
size_t ConnectionsWithin(size_t reserved_descriptors) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return SIZE_MAX;
  size_t allowed = static_cast<size_t>(limit.rlim_cur);
  return allowed < reserved_descriptors + kMinConnections ? kMinConnections
                                                          : allowed - reserved_descriptors;
}

}  // namespace

// What the loops' callbacks hold on to: it may outlive the Server by the few events under way.
class Server::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(IoThreads* io, const Dispatcher* dispatcher, ServerOptions options)
      : io_(io),
        dispatcher_(dispatcher),
        options_(options),
        connections_by_descriptors_(ConnectionsWithin(options.reserved_descriptors)) {}

  Result<uint16_t> Listen(const std::string& address, uint16_t port);
  void SetClosedListener(ClosedListener listener) { on_closed_ = std::move(listener); }
  void Start();
  void Stop();
  size_t connection_count() const;

 private:
  struct Listener {
    explicit Listener(asio::io_context& loop) : acceptor(loop), pause(loop) {}
    asio::ip::tcp::acceptor acceptor;
    asio::steady_timer pause;
    bool pausing = false;  // on the first loop only
  };

  void Accept(const std::shared_ptr<Listener>& listener);
  void OnAccepted(asio::io_context& loop, asio::ip::tcp::socket socket);
  void AcceptLater(const std::shared_ptr<Listener>& listener, const std::string& why);
  bool Admit(const std::string& address);
  void Forget(const std::shared_ptr<Connection>& connection);

  IoThreads* io_;
  const Dispatcher* dispatcher_;
  const ServerOptions options_;
  const size_t connections_by_descriptors_;
  std::vector<std::shared_ptr<Listener>> listeners_;
  mutable std::mutex mutex_;
  ClosedListener on_closed_;                                     // guarded by mutex_
  bool stopping_ = false;                                        // guarded by mutex_
  std::map<uint64_t, std::shared_ptr<Connection>> connections_;  // guarded by mutex_
  std::map<std::string, size_t> per_address_;                    // guarded by mutex_
};

Result<uint16_t> Server::Core::Listen(const std::string& address, uint16_t port) {
  std::string where = address + ":" + std::to_string(port);
  asio::error_code error;
  asio::ip::address ip = asio::ip::make_address(address, error);
  if (error) {
    return Status(ErrorCode::kInvalidArgument,
                  "bindAddress '" + address + "' is not an IP address");
  }
  asio::ip::tcp::endpoint endpoint(ip, port);
  auto listener = std::make_shared<Listener>(io_->First());
  auto& acceptor = listener->acceptor;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return Status(ErrorCode::kUnavailable, "cannot listen on " + where + ": " + error.message());
  }
  auto bound = acceptor.local_endpoint().port();
  listeners_.push_back(std::move(listener));
  return bound;
}

void Server::Core::Start() {
  for (auto& listener : listeners_) {
    asio::post(io_->First(), [self = shared_from_this(), listener] { self->Accept(listener); });
  }
}

void Server::Core::Accept(const std::shared_ptr<Listener>& listener) {
  if (!listener->acceptor.is_open()) return;  // stopped while it was pausing
  if (connection_count() >= connections_by_descriptors_) {
    AcceptLater(listener, "the limit on open files leaves room for " +
                              std::to_string(connections_by_descriptors_) +
                              " connections; raise it (ulimit -n) to serve more");
    return;
  }
  asio::io_context& loop = io_->Next();
  listener->acceptor.async_accept(
      loop, [self = shared_from_this(), listener, &loop](const asio::error_code& error,
                                                         asio::ip::tcp::socket socket) {
        if (error == asio::error::operation_aborted) return;
        if (error) {
          self->AcceptLater(listener, error.message());
          return;
        }
        if (listener->pausing) spdlog::info("accepting connections again");
        listener->pausing = false;
        self->OnAccepted(loop, std::move(socket));
        self->Accept(listener);
      });
}

// Out of descriptors: accepting at once again would only spin. Said once, not ten times a second.
void Server::Core::AcceptLater(const std::shared_ptr<Listener>& listener, const std::string& why) {
  if (!listener->pausing) spdlog::warn("accepting connections pauses: {}", why);
  listener->pausing = true;
  listener->pause.expires_after(std::chrono::milliseconds(kAcceptPauseMs));
  listener->pause.async_wait([self = shared_from_this(), listener](const asio::error_code& error) {
    if (!error) self->Accept(listener);
  });
}

void Server::Core::OnAccepted(asio::io_context& loop, asio::ip::tcp::socket socket) {
  auto connection =
      std::make_shared<Connection>(loop, std::move(socket), dispatcher_, options_.connection);
  {
    std::lock_guard lock(mutex_);
    if (stopping_ || !Admit(connection->remote_endpoint().address().to_string())) return;
    connections_[connection->id()] = connection;
  }
  connection->Start([self = shared_from_this()](const std::shared_ptr<Connection>& closed) {
    self->Forget(closed);
  });
}

bool Server::Core::Admit(const std::string& address) {
  size_t& count = per_address_[address];
  if (connections_.size() >= options_.max_connections ||
      count >= options_.max_connections_per_address) {
    spdlog::warn("connection from {} refused: limit of {} in all or {} from one address reached",
                 address, options_.max_connections, options_.max_connections_per_address);
    if (count == 0) per_address_.erase(address);
    return false;
  }
  ++count;
  return true;
}

void Server::Core::Forget(const std::shared_ptr<Connection>& connection) {
  ClosedListener on_closed;
  {
    std::lock_guard lock(mutex_);
    on_closed = on_closed_;
    connections_.erase(connection->id());
    auto it = per_address_.find(connection->remote_endpoint().address().to_string());
    if (it != per_address_.end() && --it->second == 0) per_address_.erase(it);
  }
  if (on_closed) on_closed(connection);
}

void Server::Core::Stop() {
  std::map<uint64_t, std::shared_ptr<Connection>> open;
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
    on_closed_ = nullptr;
    open = connections_;
  }
  for (auto& listener : listeners_) {
    asio::post(io_->First(), [listener] {
      asio::error_code ignored;
      listener->acceptor.close(ignored);
      listener->pause.cancel();
    });
  }
  for (auto& [id, connection] : open) connection->Close();
  io_->Drain();
  // Connections and this object hold each other until the closing has run; one that was closed
  // before it had started never tells.
  std::lock_guard lock(mutex_);
  open = std::exchange(connections_, {});
}

size_t Server::Core::connection_count() const {
  std::lock_guard lock(mutex_);
  return connections_.size();
}

Server::Server(IoThreads* io, const Dispatcher* dispatcher, ServerOptions options)
    : core_(std::make_shared<Core>(io, dispatcher, options)) {}

Server::~Server() { Stop(); }

Result<uint16_t> Server::Listen(const std::string& address, uint16_t port) {
  return core_->Listen(address, port);
}

void Server::OnConnectionClosed(ClosedListener listener) {
  core_->SetClosedListener(std::move(listener));
}

void Server::Start() { core_->Start(); }

void Server::Stop() { core_->Stop(); }

size_t Server::connection_count() const { return core_->connection_count(); }

}  // namespace rewindmq::remoting
