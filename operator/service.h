#pragma once
// The operator, put together: source of objects → queue → workers → reconciler → RocketMQ, and the
// status written back. Thread safety: create, stop and destroy it in one thread.

#include <cstdint>
#include <memory>

#include "common/base/status.h"
#include "common/remoting/client.h"
#include "common/remoting/io_threads.h"
#include "operator/controller/controller.h"
#include "operator/controller/health_server.h"
#include "operator/controller/object_source.h"
#include "operator/options.h"
#include "operator/reconcile/reconciler.h"

namespace rewindmq {

class Service {
 public:
  // A step under way may take so long to come to its end after Stop.
  static constexpr int64_t kStopGraceMs = 3'500;
  // After that its requests are cut off, and it has this long to notice.
  static constexpr int64_t kCutOffGraceMs = 1'000;

  // Begins to serve. Errors: the configuration cannot be used, the health port is taken. A cluster
  // that cannot be reached yet is waited for.
  static Result<std::unique_ptr<Service>> Start(const OperatorOptions& options);
  ~Service();
  // False when a step still runs: then this object cannot be destroyed before it ends.
  bool Stop();

 private:
  Service(const OperatorOptions& options, std::unique_ptr<controller::ObjectSource> source);

  // In the order of their dependence: each uses those above it.
  std::unique_ptr<controller::ObjectSource> source_;
  remoting::IoThreads io_;
  remoting::Client remoting_;
  reconcile::Reconciler reconciler_;
  controller::Controller controller_;
  std::unique_ptr<controller::HealthServer> health_;
};

}  // namespace rewindmq
