#pragma once
// Answers the kubelet's probes over plain HTTP: GET /healthz is 200 as long as the process runs,
// GET /readyz is 200 once it serves, 503 before. Everything else is 404; what is not HTTP, too long
// or too slow only loses its connection.
// Thread safety: create and destroy it in one thread; `ready` is called from the server's thread.

#include <cstdint>
#include <functional>
#include <memory>

#include "common/base/status.h"

namespace rewindmq::controller {

class HealthServer {
 public:
  static constexpr size_t kRequestLimitBytes = 8192;
  static constexpr int64_t kConnectionLimitMs = 5'000;
  static constexpr int kMostConnections = 32;

  // Listens on every address; port 0 takes a free one. kUnavailable when the port is taken.
  static Result<std::unique_ptr<HealthServer>> Start(uint16_t port, std::function<bool()> ready);
  ~HealthServer();
  HealthServer(const HealthServer&) = delete;
  HealthServer& operator=(const HealthServer&) = delete;

  uint16_t port() const;

 private:
  class Impl;
  explicit HealthServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rewindmq::controller
