#include "operator/service.h"

#include <spdlog/spdlog.h>

#include <string>
#include <utility>
#include <vector>

#include "client/remote_admin.h"
#include "common/base/clock.h"
#include "operator/controller/cluster_source.h"
#include "operator/kube/config.h"

namespace rewindmq {
namespace {

Result<std::unique_ptr<controller::ObjectSource>> OpenSource(const OperatorOptions& options) {
  REWIND_TRY_ASSIGN(kube::ClusterConfig config, kube::LoadConfig(options.kubeconfig));
  REWIND_TRY_ASSIGN(auto cluster, controller::ClusterSource::Create(config, options.name_space));
  spdlog::info("serving the OffsetResets of {} at {}",
               options.name_space.empty() ? "all namespaces" : "namespace " + options.name_space,
               config.server);
  return std::unique_ptr<controller::ObjectSource>(std::move(cluster));
}

}  // namespace

Service::Service(const OperatorOptions& options, std::unique_ptr<controller::ObjectSource> source)
    : source_(std::move(source)),
      io_(1),
      remoting_(&io_, nullptr),
      reconciler_(
          &source_->store(),
          [this](const std::vector<std::string>& name_servers, int32_t request_timeout_ms) {
            return std::make_shared<client::RemoteAdmin>(&remoting_, name_servers,
                                                         request_timeout_ms);
          },
          &SystemClock()),
      controller_([this](const api::ObjectKey& key) { return reconciler_.Reconcile(key); },
                  options.workers) {}

Result<std::unique_ptr<Service>> Service::Start(const OperatorOptions& options) {
  REWIND_TRY_ASSIGN(auto source, OpenSource(options));
  std::unique_ptr<Service> service(new Service(options, std::move(source)));
  Service* self = service.get();
  if (options.health_port != 0) {
    REWIND_TRY_ASSIGN(self->health_, controller::HealthServer::Start(options.health_port, [self] {
                        return self->source_->synced();
                      }));
  }
  controller::ObjectSource::Listener listener;
  listener.on_change = [self](const api::ObjectKey& key) { self->controller_.Enqueue(key); };
  // Earlier, a worker could not see which other objects want the same group.
  listener.on_synced = [self] { self->controller_.Start(); };
  self->source_->Watch(std::move(listener));
  return service;
}

Service::~Service() { source_->StopWatching(); }

bool Service::Stop() {
  source_->StopWatching();
  health_.reset();
  if (controller_.Stop(kStopGraceMs)) return true;
  spdlog::warn("a step takes long; its requests are cut off and the next start goes on from there");
  source_->CutOff();
  remoting_.Stop();
  return controller_.Stop(kCutOffGraceMs);
}

}  // namespace rewindmq
