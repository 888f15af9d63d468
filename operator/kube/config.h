#pragma once
// Where the Kubernetes API server is and how to prove who we are: from a kubeconfig file, or from
// the files that Kubernetes mounts into every pod. Errors name the file and the field.
// Thread safety: plain data; the functions may be called from any thread.

#include <string>

#include "common/base/status.h"

namespace rewindmq::kube {

struct ClusterConfig {
  std::string server;           // "https://host:port", perhaps with a path; no slash at the end
  std::string ca_pem;           // trusted to sign the server's certificate; empty: the system's CAs
  std::string client_cert_pem;  // empty: no client certificate
  std::string client_key_pem;
  std::string token;            // bearer token that never changes; empty: none
  std::string token_file;       // holds a token that is replaced from time to time; wins over token
  std::string tls_server_name;  // to expect in the server's certificate instead of the URL's host
  bool insecure_skip_tls_verify = false;
  std::string name_space = "default";  // of the context, or of the pod
};

// The context `current-context` of a kubeconfig file. Relative paths in it are relative to its
// folder. kNotFound: no such file; kInvalidArgument: a field is missing, broken or not served here
// (exec plug-ins, auth-provider).
Result<ClusterConfig> LoadKubeconfig(const std::string& path);

// The pod's service account. `mount_folder` is kServiceAccountFolder except in tests.
inline constexpr char kServiceAccountFolder[] = "/var/run/secrets/kubernetes.io/serviceaccount";
Result<ClusterConfig> LoadInCluster(const std::string& mount_folder = kServiceAccountFolder);

// `kubeconfig` when it is not empty; else the environment's KUBECONFIG (its first file); else the
// pod's service account; else ~/.kube/config. kNotFound lists what was tried.
Result<ClusterConfig> LoadConfig(const std::string& kubeconfig);

}  // namespace rewindmq::kube
