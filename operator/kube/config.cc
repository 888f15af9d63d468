#include "operator/kube/config.h"

#include <cstdlib>
#include <string_view>

#include "common/base/file.h"
#include "common/base/parse.h"

namespace rewindmq::kube {
namespace {

constexpr size_t kSmallFileLimitBytes = 1U << 20;

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

}  // namespace

Result<ClusterConfig> LoadInCluster(const std::string& mount_folder) {
  std::string host = Environment("KUBERNETES_SERVICE_HOST");
  std::string port = Environment("KUBERNETES_SERVICE_PORT");
  if (host.empty() || port.empty()) {
    return Status(ErrorCode::kNotFound,
                  "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set; this is not a "
                  "pod of a Kubernetes cluster");
  }
  // The HTTP library cannot connect to an IPv6 literal; the name is in the same certificate.
  if (host.find(':') != std::string::npos) host = "kubernetes.default.svc";
  ClusterConfig config;
  config.server = "https://" + host + ":" + port;
  REWIND_TRY_ASSIGN(config.ca_pem, ReadFile(mount_folder + "/ca.crt", kSmallFileLimitBytes));
  config.token_file = mount_folder + "/token";
  REWIND_TRY_ASSIGN(std::string token, ReadFile(config.token_file, kSmallFileLimitBytes));
  if (Trim(token).empty()) {
    return Status(ErrorCode::kInvalidArgument, config.token_file + " is empty");
  }
  REWIND_TRY_ASSIGN(std::string name_space,
                    ReadFile(mount_folder + "/namespace", kSmallFileLimitBytes));
  config.name_space = std::string(Trim(name_space));
  return config;
}

Result<ClusterConfig> LoadConfig(const std::string& kubeconfig) {
  if (!kubeconfig.empty()) return LoadKubeconfig(kubeconfig);
  auto listed = SplitTrimmed(Environment("KUBECONFIG"), ':');
  if (!listed.empty()) return LoadKubeconfig(listed.front());
  if (FileExists(std::string(kServiceAccountFolder) + "/token")) return LoadInCluster();
  std::string home = Environment("HOME");
  std::string in_home = home + "/.kube/config";
  if (!home.empty() && FileExists(in_home)) return LoadKubeconfig(in_home);
  return Status(ErrorCode::kNotFound,
                "no Kubernetes cluster is configured: --kubeconfig is not given, KUBECONFIG is not "
                "set, there is no " +
                    std::string(kServiceAccountFolder) + "/token" +
                    (home.empty() ? std::string() : " and no " + in_home));
}

}  // namespace rewindmq::kube
