#include "operator/kube/http_transport.h"

// Else the library makes U a macro, which breaks every template parameter of that name.
#define _TURN_OFF_PLATFORM_STRING
#include <cpprest/http_client.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <pplx/threadpool.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/ssl.hpp>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <utility>

namespace rewindmq::kube {
namespace {

namespace http = web::http;
using http::client::http_client;
using http::client::http_client_config;

constexpr int kHttpThreads = 4;
// Idle connections that the server has closed are found one at a time, by a failing write.
constexpr int kMostStaleConnections = 4;
// How long a cancelled request may take to let go before its caller leaves without it.
constexpr auto kLetGoTime = std::chrono::milliseconds(500);
constexpr int64_t kLongestRetryAfterSeconds = 3600;

// The system's CA bundle, as the environment had it before InitHttpRuntime hid it from OpenSSL.
struct SystemTrust {
  std::string file = X509_get_default_cert_file();
  std::string folder = X509_get_default_cert_dir();
};
SystemTrust& TheSystemTrust() {
  static SystemTrust trust;
  return trust;
}

// Throws boost::system::system_error or std::runtime_error when a certificate cannot be used.
void ApplyTls(const ClusterConfig& config, boost::asio::ssl::context& context) {
  namespace ssl = boost::asio::ssl;
  context.set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 |
                      ssl::context::no_sslv3 | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
  // The library has loaded the system's CAs already: only a new store is free of them.
  SSL_CTX_set_cert_store(context.native_handle(), X509_STORE_new());
  if (!config.ca_pem.empty()) {
    context.add_certificate_authority(boost::asio::buffer(config.ca_pem));
  } else if (!config.insecure_skip_tls_verify) {
    const SystemTrust& trust = TheSystemTrust();
    SSL_CTX_load_verify_locations(context.native_handle(), trust.file.c_str(),
                                  trust.folder.c_str());
  }
  if (config.client_cert_pem.empty()) return;
  context.use_certificate_chain(boost::asio::buffer(config.client_cert_pem));
  context.use_private_key(boost::asio::buffer(config.client_key_pem), ssl::context::pem);
  if (SSL_CTX_check_private_key(context.native_handle()) != 1) {
    throw std::runtime_error("the client key does not belong to the client certificate");
  }
}

// One request under way, shared by the caller's thread and the library's. The library waits for
// the answer to `taken` before it reads more from the server.
class Exchange {
 public:
  // What the caller has to look at. A chunk comes only after the head, the end after all chunks.
  struct News {
    std::optional<HttpHead> head;
    std::optional<std::string> chunk;
    std::optional<Status> end;
  };

  // From the library's threads.
  pplx::task<size_t> PutChunk(const uint8_t* data, size_t size) {
    std::lock_guard lock(mutex_);
    if (given_up_) return GivenUp();
    chunk_.emplace(reinterpret_cast<const char*>(data), size);
    taken_ = pplx::task_completion_event<size_t>();
    changed_.notify_all();
    return pplx::create_task(taken_);
  }
  void PutHead(HttpHead head) {
    std::lock_guard lock(mutex_);
    head_ = head;
    changed_.notify_all();
  }
  void Finish(Status status) {
    std::lock_guard lock(mutex_);
    finished_ = true;
    status_ = std::move(status);
    changed_.notify_all();
  }

  // From the caller's thread. nullopt when it was stopped or too late.
  std::optional<News> Wait(const std::stop_token& stop,
                           std::optional<std::chrono::steady_clock::time_point> end) {
    std::unique_lock lock(mutex_);
    // A chunk without a head has overtaken it on another of the library's threads.
    auto any = [this] { return finished_ || (head_ && (!head_told_ || chunk_)); };
    bool there = end ? changed_.wait_until(lock, stop, *end, any) : changed_.wait(lock, stop, any);
    if (!there) return std::nullopt;
    News news;
    if (head_ && !std::exchange(head_told_, true)) news.head = head_;
    if (head_) news.chunk = std::exchange(chunk_, std::nullopt);
    if (finished_ && !news.chunk) news.end = status_;
    return news;
  }
  void AskForMore(size_t taken_bytes) {
    pplx::task_completion_event<size_t> taken;
    {
      std::lock_guard lock(mutex_);
      taken = taken_;
    }
    taken.set(taken_bytes);
  }
  // Lets the library end the request, and waits a little until it has.
  void GiveUp(const pplx::cancellation_token_source& cancel) {
    pplx::task_completion_event<size_t> taken;
    {
      std::lock_guard lock(mutex_);
      given_up_ = true;
      taken = taken_;
    }
    cancel.cancel();
    // Frees a write that waits. Not by an exception: one that nobody looks at ends the process.
    taken.set(0);
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kLetGoTime, [this] { return finished_; });
  }

 private:
  static pplx::task<size_t> GivenUp() {
    return pplx::task_from_exception<size_t>(http::http_exception("given up by the caller"));
  }

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<HttpHead> head_;
  bool head_told_ = false;
  std::optional<std::string> chunk_;
  pplx::task_completion_event<size_t> taken_;
  bool finished_ = false;
  bool given_up_ = false;
  Status status_;
};

// The stream buffer into which the library writes the body. The default one has no bound: it holds
// whatever the server sends until somebody reads.
class BodySink : public Concurrency::streams::details::streambuf_state_manager<uint8_t> {
 public:
  explicit BodySink(std::shared_ptr<Exchange> exchange)
      : streambuf_state_manager(std::ios_base::out), exchange_(std::move(exchange)) {}

  bool can_seek() const override { return false; }
  bool has_size() const override { return false; }
  size_t in_avail() const override { return 0; }
  size_t buffer_size(std::ios_base::openmode) const override { return 0; }
  void set_buffer_size(size_t, std::ios_base::openmode) override {}
  pos_type getpos(std::ios_base::openmode) const override { return Nowhere(); }
  pos_type seekpos(pos_type, std::ios_base::openmode) override { return Nowhere(); }
  pos_type seekoff(off_type, std::ios_base::seekdir, std::ios_base::openmode) override {
    return Nowhere();
  }
  bool acquire(uint8_t*&, size_t&) override { return false; }
  void release(uint8_t*, size_t) override {}

 protected:
  pplx::task<size_t> _putn(const uint8_t* data, size_t size) override {
    return exchange_->PutChunk(data, size);
  }
  pplx::task<int_type> _putc(uint8_t byte) override {
    return exchange_->PutChunk(&byte, 1).then([byte](size_t) -> int_type { return byte; });
  }
  pplx::task<bool> _sync() override { return pplx::task_from_result(true); }
  uint8_t* _alloc(size_t) override { return nullptr; }
  void _commit(size_t) override {}
  // Nobody reads from this buffer.
  pplx::task<int_type> _bumpc() override { return NothingLater(); }
  pplx::task<int_type> _getc() override { return NothingLater(); }
  pplx::task<int_type> _nextc() override { return NothingLater(); }
  pplx::task<int_type> _ungetc() override { return NothingLater(); }
  int_type _sbumpc() override { return traits::eof(); }
  int_type _sgetc() override { return traits::eof(); }
  pplx::task<size_t> _getn(uint8_t*, size_t) override { return pplx::task_from_result<size_t>(0); }
  size_t _scopy(uint8_t*, size_t) override { return 0; }

 private:
  static pos_type Nowhere() { return static_cast<pos_type>(traits::eof()); }
  static pplx::task<int_type> NothingLater() { return pplx::task_from_result(traits::eof()); }

  std::shared_ptr<Exchange> exchange_;
};

HttpHead HeadOf(const http::http_response& response) {
  HttpHead head;
  head.status = response.status_code();
  auto found = response.headers().find("Retry-After");
  if (found == response.headers().end()) return head;
  int64_t seconds = 0;
  const std::string& text = found->second;
  // The other form, a date, is not used by Kubernetes.
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc() && seconds > 0) {
    head.retry_after_ms = std::min(seconds, kLongestRetryAfterSeconds) * 1000;
  }
  return head;
}

// Of the library's numbers only these two mean the same on every path.
Status FromException(const std::exception& error) {
  if (auto* http_error = dynamic_cast<const http::http_exception*>(&error)) {
    int code = http_error->error_code().value();
    if (code == ETIMEDOUT) return {ErrorCode::kTimeout, error.what()};
    if (code == ECANCELED) return {ErrorCode::kCancelled, error.what()};
  }
  std::string words = error.what();
  // The library does not say what was wrong with it.
  if (words.find("SSL handshake") != std::string::npos) {
    words += "; is the server's certificate signed by the configured CA, and for this host name?";
  }
  return {ErrorCode::kUnavailable, std::move(words)};
}

// The request never reached the server whole: its connection had been closed while idle.
bool DiedOnStaleConnection(const Status& status) {
  return status.message().find("Failed to write request") != std::string::npos;
}

bool IsIpLiteral(const std::string& host) {
  return !host.empty() && host.find_first_not_of("0123456789.") == std::string::npos;
}

}  // namespace

void InitHttpRuntime() {
  static std::once_flag once;
  std::call_once(once, [] {
    SystemTrust& trust = TheSystemTrust();
    if (const char* file = std::getenv("SSL_CERT_FILE")) trust.file = file;
    if (const char* folder = std::getenv("SSL_CERT_DIR")) trust.folder = folder;
    setenv("SSL_CERT_FILE", "/dev/null", 1);
    setenv("SSL_CERT_DIR", "/dev/null", 1);
    crossplat::threadpool::initialize_with_threads(kHttpThreads);
  });
}

struct HttpTransport::Impl {
  Impl(const ClusterConfig& cluster, const http_client_config& settings)
      : host_header(cluster.tls_server_name), client(cluster.server, settings) {}

  Status SendOnce(const HttpRequest& request,
                  std::optional<std::chrono::steady_clock::time_point> end,
                  const std::stop_token& stop, const Receiver& receiver);
  void Start(const HttpRequest& request, const std::shared_ptr<Exchange>& exchange,
             const pplx::cancellation_token& cancelled);

  std::string host_header;  // decides SNI and the name to verify, too; empty: the URL's host
  http_client client;
};

HttpTransport::HttpTransport(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpTransport::~HttpTransport() = default;

Result<std::unique_ptr<HttpTransport>> HttpTransport::Create(const ClusterConfig& config,
                                                             int64_t inactivity_ms) {
  try {
    web::uri server(config.server);
    if (server.host().find('[') != std::string::npos) {
      return Status(ErrorCode::kInvalidArgument,
                    "the server " + config.server +
                        " is an IPv6 literal, which cannot be connected to; give it a host name "
                        "(and tls-server-name when its certificate has another)");
    }
    if (server.scheme() == "https") {
      // Certificates are looked at now, not at the first connection.
      boost::asio::ssl::context trial(boost::asio::ssl::context::tls_client);
      ApplyTls(config, trial);
    }

    http_client_config settings;
    settings.set_timeout(std::chrono::milliseconds(inactivity_ms));
    settings.set_max_redirects(0);  // a redirect would carry the token to another host
    settings.set_request_compressed_response(false);
    settings.set_validate_certificates(!config.insecure_skip_tls_verify);
    settings.set_tlsext_sni_enabled(!config.tls_server_name.empty() || !IsIpLiteral(server.host()));
    settings.set_ssl_context_callback(
        [config](boost::asio::ssl::context& context) { ApplyTls(config, context); });
    return std::unique_ptr<HttpTransport>(
        new HttpTransport(std::make_unique<Impl>(config, settings)));
  } catch (const std::exception& error) {
    return Status(ErrorCode::kInvalidArgument,
                  "the server " + config.server + " cannot be used: " + error.what());
  }
}

void HttpTransport::Impl::Start(const HttpRequest& request,
                                const std::shared_ptr<Exchange>& exchange,
                                const pplx::cancellation_token& cancelled) {
  http::http_request message(request.method);
  message.set_request_uri(web::uri(request.target));
  message.headers().add("Accept", "application/json");
  if (!host_header.empty()) message.headers().add("Host", host_header);
  if (!request.bearer_token.empty()) {
    message.headers().add("Authorization", "Bearer " + request.bearer_token);
  }
  if (!request.content_type.empty()) message.set_body(request.body, request.content_type);
  message.set_response_stream(
      Concurrency::streams::streambuf<uint8_t>(std::make_shared<BodySink>(exchange))
          .create_ostream());
  // The last link of the chain looks at every exception: one that nobody looks at ends the process.
  client.request(message, cancelled)
      .then([exchange](const http::http_response& response) {
        exchange->PutHead(HeadOf(response));
        return response.content_ready();
      })
      .then([exchange](const pplx::task<http::http_response>& whole) {
        try {
          whole.get();
          exchange->Finish(Status::Ok());
        } catch (const std::exception& error) {
          exchange->Finish(FromException(error));
        }
      });
}

Status HttpTransport::Impl::SendOnce(const HttpRequest& request,
                                     std::optional<std::chrono::steady_clock::time_point> end,
                                     const std::stop_token& stop, const Receiver& receiver) {
  auto exchange = std::make_shared<Exchange>();
  pplx::cancellation_token_source cancel;
  try {
    Start(request, exchange, cancel.get_token());
  } catch (const std::exception& error) {
    return {ErrorCode::kInvalidArgument,
            "the request cannot be sent: " + std::string(error.what())};
  }
  for (;;) {
    auto news = exchange->Wait(stop, end);
    if (!news) {
      exchange->GiveUp(cancel);
      if (stop.stop_requested()) return {ErrorCode::kCancelled, "the request was cancelled"};
      return {ErrorCode::kTimeout, "no whole answer in time"};
    }
    bool go_on = !news->head || receiver.on_head(*news->head);
    if (go_on && news->chunk) {
      go_on = receiver.on_chunk(*news->chunk);
      if (go_on) exchange->AskForMore(news->chunk->size());
    }
    if (!go_on) {
      exchange->GiveUp(cancel);
      return {ErrorCode::kCancelled, "the receiver gave the answer up"};
    }
    if (news->end) return *news->end;
  }
}

Status HttpTransport::Send(const HttpRequest& request, int64_t deadline_ms,
                           const std::stop_token& stop, const Receiver& receiver) {
  std::optional<std::chrono::steady_clock::time_point> end;
  if (deadline_ms > 0) {
    end = std::chrono::steady_clock::now() + std::chrono::milliseconds(deadline_ms);
  }
  for (int attempt = 0;; ++attempt) {
    Status status = impl_->SendOnce(request, end, stop, receiver);
    if (!DiedOnStaleConnection(status) || attempt == kMostStaleConnections) return status;
    spdlog::debug("{} {}: the idle connection was closed; sending again", request.method,
                  request.target);
  }
}

}  // namespace rewindmq::kube
