#include "broker/metrics/endpoint.h"

#include <CivetServer.h>
#include <poll.h>
#include <prometheus/collectable.h>
#include <prometheus/exposer.h>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <atomic>
#include <exception>
#include <thread>
#include <vector>

#include "common/base/log.h"

namespace rewindmq::broker {
namespace {

// The one thread must not be held for long by a client that does not say what it wants.
constexpr const char* kRequestTimeoutMs = "5000";

class Collector : public prometheus::Collectable {
 public:
  explicit Collector(MetricsEndpoint::Read read) : read_(std::move(read)) {}

  std::vector<prometheus::MetricFamily> Collect() const override { return FamiliesOf(read_()); }

 private:
  const MetricsEndpoint::Read read_;
};

// What CivetWeb first complained of while this thread started a server: its exception does not say
// why there is none.
thread_local std::string start_complaint;

int OnCivetMessage(const mg_connection*, const char* message) {
  if (start_complaint.empty()) start_complaint = message;
  spdlog::debug("metrics endpoint: {}", message);
  return 1;  // do not log it elsewhere
}

std::string ListeningAddress(const std::string& host, int32_t port) {
  bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

// Connects and waits a moment for an answer that nobody gives.
void Knock(const asio::ip::tcp::endpoint& address) {
  constexpr int kWaitMs = 20;
  asio::io_context loop;
  asio::ip::tcp::socket socket(loop);
  asio::error_code error;
  socket.connect(address, error);
  pollfd waiting{socket.native_handle(), POLLIN, 0};
  ::poll(&waiting, 1, kWaitMs);
}

}  // namespace

struct MetricsEndpoint::Parts {
  std::shared_ptr<Collector> collector;
  std::unique_ptr<prometheus::Exposer> exposer;
  asio::ip::tcp::endpoint address;
};

MetricsEndpoint::MetricsEndpoint(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

// CivetWeb looks only every two seconds whether it shall stop, or when somebody connects.
MetricsEndpoint::~MetricsEndpoint() {
  std::atomic<bool> stopped = false;
  std::thread waker([&] {
    while (!stopped) Knock(parts_->address);
  });
  parts_->exposer.reset();
  stopped = true;
  waker.join();
}

int32_t MetricsEndpoint::port() const { return parts_->address.port(); }

Result<std::unique_ptr<MetricsEndpoint>> MetricsEndpoint::Start(const std::string& host,
                                                                int32_t port, Read read) {
  const std::string address = ListeningAddress(host, port);
  asio::error_code not_an_ip;
  auto parts = std::make_unique<Parts>();
  parts->address.address(asio::ip::make_address(host, not_an_ip));
  if (not_an_ip) {
    return Status(ErrorCode::kInvalidArgument,
                  "metricsPromExporterHost '" + host + "' is not an IP address");
  }
  start_complaint.clear();
  try {
    CivetCallbacks callbacks;
    callbacks.log_message = OnCivetMessage;
    std::vector<std::string> options = {"listening_ports",    address,          "num_threads", "1",
                                        "request_timeout_ms", kRequestTimeoutMs};
    parts->exposer = std::make_unique<prometheus::Exposer>(std::move(options), &callbacks);
    parts->collector = std::make_shared<Collector>(std::move(read));
    parts->exposer->RegisterCollectable(parts->collector);
    std::vector<int> ports = parts->exposer->GetListeningPorts();
    parts->address.port(static_cast<uint16_t>(ports.empty() ? port : ports.front()));
  } catch (const std::exception& error) {
    const std::string why = start_complaint.empty() ? error.what() : start_complaint;
    return Status(ErrorCode::kUnavailable,
                  "cannot serve metrics on " + address + ": " + why +
                      "; choose another metricsPromExporterPort (0 serves none) or "
                      "metricsPromExporterHost");
  }
  return std::unique_ptr<MetricsEndpoint>(new MetricsEndpoint(std::move(parts)));
}

}  // namespace rewindmq::broker
