// rewind-operator: carries out OffsetReset resources, of a Kubernetes cluster or of a folder.

#include <cstdlib>
#include <iostream>

#include "common/base/log.h"
#include "operator/kube/http_transport.h"
#include "operator/manifests/run_manifests.h"
#include "operator/options.h"
#include "operator/service.h"
#include "operator/stop_signals.h"

namespace rewindmq {
namespace {

int Fail(const Status& status) {
  std::cerr << "rewind-operator: " << status.message() << "\n";
  return 1;
}

int ServeFolder(const OperatorOptions& options, const StopSignals& signals) {
  std::unique_ptr<controller::HealthServer> health;
  if (options.health_port != 0) {
    auto started = controller::HealthServer::Start(options.health_port, [] { return true; });
    if (!started.ok()) return Fail(started.status());
    health = std::move(started).value();
  }
  auto all_well = manifests::RunManifests(
      {.folder = options.manifests, .once = options.once, .workers = options.workers},
      signals.token());
  if (!all_well.ok()) return Fail(all_well.status());
  return options.once && !*all_well ? 1 : 0;
}

int ServeCluster(const OperatorOptions& options, const StopSignals& signals) {
  kube::InitHttpRuntime();
  auto service = Service::Start(options);
  if (!service.ok()) return Fail(service.status());
  signals.Wait();
  spdlog::info("the operator stops");
  if ((*service)->Stop()) return 0;
  // Its intent is in the object's status: the next start looks what became of it.
  spdlog::warn("a step did not end in time; leaving without it");
  spdlog::shutdown();
  std::_Exit(0);
}

int Run(int argc, const char* const* argv) {
  auto options = ParseOperatorOptions(argc, argv);
  if (!options.ok()) return Fail(options.status());
  if (options->exit_code) return *options->exit_code;
  if (Status logging = InitLogging(options->log); !logging.ok()) return Fail(logging);
  StopSignals signals;
  return options->manifests.empty() ? ServeCluster(*options, signals)
                                    : ServeFolder(*options, signals);
}

}  // namespace
}  // namespace rewindmq

int main(int argc, char** argv) { return rewindmq::Run(argc, argv); }
