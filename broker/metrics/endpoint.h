#pragma once
// Serves the broker's metrics to Prometheus: GET /metrics on a port of its own, by prometheus-cpp's
// HTTP server with one thread, so that scrapes take nothing from clients.
// Thread safety: start and destroy in one thread; `read` runs on the endpoint's thread, and not any
// more once the destructor has returned.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "broker/metrics/families.h"
#include "common/base/status.h"

namespace rewindmq::broker {

class MetricsEndpoint {
 public:
  using Read = std::function<MetricsReading()>;

  // Port 0 picks a free one. kUnavailable names address, setting and what the system says, for
  // example that the port is in use.
  static Result<std::unique_ptr<MetricsEndpoint>> Start(const std::string& host, int32_t port,
                                                        Read read);
  ~MetricsEndpoint();
  MetricsEndpoint(const MetricsEndpoint&) = delete;
  MetricsEndpoint& operator=(const MetricsEndpoint&) = delete;

  int32_t port() const;

 private:
  struct Parts;
  explicit MetricsEndpoint(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace rewindmq::broker
