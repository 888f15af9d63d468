#include "operator/options.h"

#include <CLI/CLI.hpp>
#include <iostream>

namespace rewindmq {
namespace {

constexpr int kMostWorkers = 64;

}  // namespace

Result<OperatorOptions> ParseOperatorOptions(int argc, const char* const* argv) {
  OperatorOptions options;
  CLI::App app("Carries out OffsetReset resources: moves consumer offsets, once, and reports.");
  auto* manifests = app.add_option("--manifests", options.manifests,
                                   "serve the OffsetReset files of this folder, without Kubernetes")
                        ->envname("REWIND_OPERATOR_MANIFESTS");
  app.add_flag(
         "--once", options.once,
         "with --manifests: end when every OffsetReset is finished; exit code 1 if one failed")
      ->envname("REWIND_OPERATOR_ONCE")
      ->needs(manifests);
  app.add_option("--kubeconfig", options.kubeconfig,
                 "how to reach the cluster; default: KUBECONFIG, the pod's service account, or "
                 "~/.kube/config")
      ->envname("REWIND_OPERATOR_KUBECONFIG")
      ->excludes(manifests);
  app.add_option("--namespace", options.name_space, "serve this namespace only; default: all")
      ->envname("REWIND_OPERATOR_NAMESPACE");
  app.add_option("--workers", options.workers, "how many OffsetResets are served at once")
      ->envname("REWIND_OPERATOR_WORKERS")
      ->check(CLI::Range(1, kMostWorkers))
      ->capture_default_str();
  app.add_option("--health-port", options.health_port,
                 "answer GET /healthz and /readyz on this port; 0: do not")
      ->envname("REWIND_OPERATOR_HEALTH_PORT")
      ->capture_default_str();
  app.add_option("--log-level", options.log.level, "trace, debug, info, warn or error")
      ->envname("REWIND_OPERATOR_LOG_LEVEL")
      ->capture_default_str();
  app.add_option("--log-format", options.log.format, "text or json")
      ->envname("REWIND_OPERATOR_LOG_FORMAT")
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    options.exit_code = 0;
  } catch (const CLI::ParseError& error) {
    return Status(ErrorCode::kInvalidArgument, std::string(error.what()) + " (see --help)");
  }
  return options;
}

}  // namespace rewindmq
