#include "operator/controller/health_server.h"

#include <asio.hpp>
#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace rewindmq::controller {
namespace {

using asio::ip::tcp;

std::string Answer(std::string_view request_line, bool ready) {
  std::string_view status = "404 Not Found";
  std::string_view body = "not found; ask for /healthz or /readyz\n";
  if (request_line.starts_with("GET /healthz")) {
    status = "200 OK";
    body = "ok\n";
  } else if (request_line.starts_with("GET /readyz")) {
    status = ready ? "200 OK" : "503 Service Unavailable";
    body = ready ? "ok\n" : "the OffsetResets have not been listed yet\n";
  }
  return "HTTP/1.1 " + std::string(status) +
         "\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

// One connection, alive while one of its operations is under way.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, const std::function<bool()>& ready, int* sessions)
      : socket_(std::move(socket)),
        timer_(socket_.get_executor()),
        input_(HealthServer::kRequestLimitBytes),
        ready_(ready),
        sessions_(sessions) {
    ++*sessions_;
  }
  ~Session() { --*sessions_; }

  void Run() {
    auto self = shared_from_this();
    timer_.expires_after(std::chrono::milliseconds(HealthServer::kConnectionLimitMs));
    timer_.async_wait([self](std::error_code error) {
      if (!error) self->Close();
    });
    asio::async_read_until(socket_, input_, "\r\n\r\n", [self](std::error_code error, size_t) {
      if (error) return self->Close();
      self->Reply();
    });
  }

 private:
  void Reply() {
    auto begin = asio::buffers_begin(input_.data());
    std::string head(begin, begin + static_cast<std::ptrdiff_t>(input_.size()));
    output_ = Answer(std::string_view(head).substr(0, head.find('\r')), ready_());
    asio::async_write(socket_, asio::buffer(output_),
                      [self = shared_from_this()](std::error_code, size_t) { self->Close(); });
  }
  void Close() {
    timer_.cancel();
    std::error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
  }

  tcp::socket socket_;
  asio::steady_timer timer_;
  asio::streambuf input_;
  std::string output_;
  const std::function<bool()>& ready_;
  int* sessions_;
};

}  // namespace

class HealthServer::Impl {
 public:
  explicit Impl(std::function<bool()> ready) : ready_(std::move(ready)), acceptor_(context_) {}
  ~Impl() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }

  Status Listen(uint16_t port) {
    std::error_code error;
    tcp::endpoint everywhere(tcp::v4(), port);
    acceptor_.open(everywhere.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(everywhere, error);
    if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
    if (error) {
      return {ErrorCode::kUnavailable,
              "cannot listen on the health port " + std::to_string(port) + ": " + error.message()};
    }
    port_ = acceptor_.local_endpoint().port();
    Accept();
    thread_ = std::thread([this] { context_.run(); });
    return Status::Ok();
  }
  uint16_t port() const { return port_; }

 private:
  void Accept() {
    acceptor_.async_accept([this](std::error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      // Beyond the limit the socket is closed at once by going out of scope.
      if (!error && sessions_ < kMostConnections) {
        std::make_shared<Session>(std::move(socket), ready_, &sessions_)->Run();
      }
      Accept();
    });
  }

  const std::function<bool()> ready_;
  int sessions_ = 0;  // used in thread_ only; outlives the sessions that context_ destroys
  asio::io_context context_{1};
  tcp::acceptor acceptor_;
  uint16_t port_ = 0;
  std::thread thread_;
};

HealthServer::HealthServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HealthServer::~HealthServer() = default;

Result<std::unique_ptr<HealthServer>> HealthServer::Start(uint16_t port,
                                                          std::function<bool()> ready) {
  auto impl = std::make_unique<Impl>(std::move(ready));
  REWIND_TRY(impl->Listen(port));
  return std::unique_ptr<HealthServer>(new HealthServer(std::move(impl)));
}

uint16_t HealthServer::port() const { return impl_->port(); }

}  // namespace rewindmq::controller
