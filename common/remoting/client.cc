#include "common/remoting/client.h"

#include <asio/connect.hpp>
#include <asio/post.hpp>
#include <future>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/parse.h"

namespace rewindmq::remoting {

Result<HostPort> SplitAddress(const std::string& address) {
  size_t colon = address.rfind(':');
  HostPort parts;
  if (colon != std::string::npos) {
    parts.host = address.substr(0, colon);
    parts.port = address.substr(colon + 1);
  }
  if (parts.host.size() > 2 && parts.host.front() == '[' && parts.host.back() == ']') {
    parts.host = parts.host.substr(1, parts.host.size() - 2);
  }
  Result<int32_t> port = ParseInt32(parts.port, "port");
  if (parts.host.empty() || !port.ok() || *port < 1 || *port > 65535) {
    return Status(ErrorCode::kInvalidArgument,
                  "address '" + address + "' must be host:port, for example 10.0.0.1:9876");
  }
  return parts;
}

// One address: its connection, or the callers that wait until there is one.
class Client::Target : public std::enable_shared_from_this<Target> {
 public:
  Target(asio::io_context& loop, std::string address, const Dispatcher* dispatcher,
         ClientOptions options)
      : loop_(loop),
        address_(std::move(address)),
        dispatcher_(dispatcher),
        options_(options),
        resolver_(loop),
        socket_(loop),
        timer_(loop) {}

  using Use = std::function<void(Result<std::shared_ptr<Connection>>)>;

  // Calls `use` with an open connection, at once or when connecting has ended.
  void WithConnection(Use use) {
    std::shared_ptr<Connection> connection;
    {
      std::lock_guard lock(mutex_);
      if (connection_ != nullptr && connection_->open()) {
        connection = connection_;
      } else {
        waiting_.push_back(std::move(use));
        if (connecting_) return;
        connecting_ = true;
      }
    }
    if (connection != nullptr) {
      use(connection);
    } else {
      asio::post(loop_, [self = shared_from_this()] { self->Connect(); });
    }
  }

  void Close() {
    std::lock_guard lock(mutex_);
    if (connection_ != nullptr) connection_->Close();
    connection_ = nullptr;
  }

 private:
  void Connect() {
    Result<HostPort> parts = SplitAddress(address_);
    if (!parts.ok()) {
      Done(parts.status());
      return;
    }
    ++attempt_;
    timer_.expires_after(std::chrono::milliseconds(options_.connect_timeout_ms));
    timer_.async_wait([self = shared_from_this(), attempt = attempt_](const asio::error_code& e) {
      if (e || attempt != self->attempt_) return;
      asio::error_code ignored;
      self->resolver_.cancel();
      self->socket_.close(ignored);
    });
    resolver_.async_resolve(
        parts->host, parts->port,
        [self = shared_from_this()](const asio::error_code& error, auto results) {
          if (error) {
            self->Fail(error);
            return;
          }
          asio::async_connect(self->socket_, results, [self](const asio::error_code& failed, auto) {
            self->OnConnected(failed);
          });
        });
  }

  void OnConnected(const asio::error_code& error) {
    if (error) {
      Fail(error);
      return;
    }
    ++attempt_;
    timer_.cancel();
    auto connection =
        std::make_shared<Connection>(loop_, std::move(socket_), dispatcher_, options_.connection);
    socket_ = asio::ip::tcp::socket(loop_);
    connection->Start(nullptr);
    Done(connection);
  }

  void Fail(const asio::error_code& error) {
    ++attempt_;
    timer_.cancel();
    asio::error_code ignored;
    socket_.close(ignored);
    bool late = error == asio::error::operation_aborted || error == asio::error::bad_descriptor;
    Done(Status(ErrorCode::kUnavailable,
                "cannot connect to " + address_ + ": " +
                    (late ? "no answer in " + std::to_string(options_.connect_timeout_ms) + " ms"
                          : error.message())));
  }

  void Done(Result<std::shared_ptr<Connection>> outcome) {
    std::vector<Use> waiting;
    {
      std::lock_guard lock(mutex_);
      connecting_ = false;
      waiting.swap(waiting_);
      if (outcome.ok()) connection_ = *outcome;
    }
    for (Use& use : waiting) use(outcome);
  }

  asio::io_context& loop_;
  const std::string address_;
  const Dispatcher* dispatcher_;
  const ClientOptions options_;
  asio::ip::tcp::resolver resolver_;
  asio::ip::tcp::socket socket_;
  asio::steady_timer timer_;
  uint64_t attempt_ = 0;  // on the loop only
  std::mutex mutex_;
  std::shared_ptr<Connection> connection_;  // guarded by mutex_
  std::vector<Use> waiting_;                // guarded by mutex_
  bool connecting_ = false;                 // guarded by mutex_
};

Client::Client(IoThreads* io, const Dispatcher* dispatcher, ClientOptions options)
    : io_(io), dispatcher_(dispatcher), options_(options) {}

Client::~Client() { Stop(); }

std::shared_ptr<Client::Target> Client::TargetOf(const std::string& address) {
  std::lock_guard lock(mutex_);
  if (stopped_) return nullptr;
  std::shared_ptr<Target>& target = targets_[address];
  if (target == nullptr) {
    target = std::make_shared<Target>(io_->Next(), address, dispatcher_, options_);
  }
  return target;
}

void Client::Invoke(const std::string& address, protocol::Outgoing request, int32_t timeout_ms,
                    ReplyCallback callback) {
  std::shared_ptr<Target> target = TargetOf(address);
  if (target == nullptr) {
    callback(Status(ErrorCode::kCancelled, "the client is stopped"));
    return;
  }
  int64_t deadline_ms = SystemClock().SteadyMs() + timeout_ms;
  target->WithConnection([request = std::move(request), deadline_ms, address,
                          callback = std::move(callback)](
                             Result<std::shared_ptr<Connection>> connection) mutable {
    if (!connection.ok()) {
      callback(connection.status());
      return;
    }
    int64_t left_ms = deadline_ms - SystemClock().SteadyMs();
    if (left_ms <= 0) {
      callback(Status(ErrorCode::kTimeout, "connecting to " + address + " took too long"));
      return;
    }
    (*connection)->Invoke(std::move(request), static_cast<int32_t>(left_ms), std::move(callback));
  });
}

Result<Reply> Client::InvokeSync(const std::string& address, protocol::Outgoing request,
                                 int32_t timeout_ms) {
  auto promise = std::make_shared<std::promise<Result<Reply>>>();
  std::future<Result<Reply>> future = promise->get_future();
  Invoke(address, std::move(request), timeout_ms,
         [promise](Result<Reply> reply) { promise->set_value(std::move(reply)); });
  return future.get();
}

void Client::InvokeOneway(const std::string& address, protocol::Outgoing request) {
  std::shared_ptr<Target> target = TargetOf(address);
  if (target == nullptr) return;
  target->WithConnection(
      [request = std::move(request)](Result<std::shared_ptr<Connection>> connection) mutable {
        if (connection.ok()) (*connection)->InvokeOneway(std::move(request));
      });
}

void Client::Disconnect(const std::string& address) {
  std::shared_ptr<Target> target;
  {
    std::lock_guard lock(mutex_);
    auto it = targets_.find(address);
    if (it == targets_.end()) return;
    target = it->second;
  }
  target->Close();
}

void Client::Stop() {
  std::map<std::string, std::shared_ptr<Target>> targets;
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    targets.swap(targets_);
  }
  for (auto& [address, target] : targets) target->Close();
  io_->Drain();
}

}  // namespace rewindmq::remoting
