// LoadKubeconfig: the only file of this library that knows yaml-cpp.

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <string_view>

#include "common/base/file.h"
#include "common/base/parse.h"
#include "operator/kube/base64.h"
#include "operator/kube/config.h"

namespace rewindmq::kube {
namespace {

constexpr size_t kKubeconfigLimitBytes = 4U << 20;
constexpr size_t kCredentialLimitBytes = 1U << 20;

// One entry of clusters, users or contexts, with what errors about it have to say.
class Section {
 public:
  Section(const std::string& file, std::string where, const YAML::Node& node)
      : file_(file), where_(std::move(where)), node_(node) {}

  Status Error(std::string_view field, std::string_view what) const {
    return {ErrorCode::kInvalidArgument,
            file_ + ": " + where_ + "." + std::string(field) + " " + std::string(what)};
  }

  bool Has(const char* field) const { return node_[field].IsDefined() && !node_[field].IsNull(); }

  // The text of a field, empty when it is absent.
  Result<std::string> Text(const char* field) const {
    if (!Has(field)) return std::string();
    if (!node_[field].IsScalar()) return Error(field, "is not a text");
    return node_[field].Scalar();
  }

  Result<std::string> RequiredText(const char* field) const {
    REWIND_TRY_ASSIGN(std::string text, Text(field));
    if (text.empty()) return Error(field, "is missing");
    return text;
  }

  Result<bool> Flag(const char* field) const {
    REWIND_TRY_ASSIGN(std::string text, Text(field));
    if (text.empty()) return false;
    auto flag = ParseBool(text, field);
    if (!flag.ok()) return Error(field, "is '" + text + "'; use true or false");
    return flag;
  }

  // A path, made absolute as kubectl does.
  Result<std::string> Path(const char* field) const {
    REWIND_TRY_ASSIGN(std::string path, Text(field));
    std::filesystem::path absolute(path);
    if (!path.empty()) absolute = std::filesystem::path(file_).parent_path() / absolute;
    return absolute.string();
  }

  // PEM from FIELD-data (base64), else from the file that FIELD names, else empty.
  Result<std::string> Pem(const char* field) const {
    std::string data_field = std::string(field) + "-data";
    REWIND_TRY_ASSIGN(std::string encoded, Text(data_field.c_str()));
    if (!encoded.empty()) {
      auto decoded = DecodeBase64(encoded);
      if (!decoded.ok()) return Error(data_field, decoded.status().message());
      return RequirePem(data_field, std::move(decoded).value());
    }
    REWIND_TRY_ASSIGN(std::string path, Path(field));
    if (path.empty()) return std::string();
    auto content = ReadFile(path, kCredentialLimitBytes);
    if (!content.ok()) return Error(field, "cannot be read: " + content.status().message());
    return RequirePem(field, std::move(content).value());
  }

 private:
  Result<std::string> RequirePem(std::string_view field, std::string content) const {
    if (content.find("-----BEGIN ") == std::string::npos) return Error(field, "holds no PEM block");
    return content;
  }

  const std::string& file_;
  std::string where_;
  YAML::Node node_;
};

// The entry called `name` of the list `list`, for example clusters, and in it the map `kind`.
Result<Section> FindEntry(const std::string& file, const YAML::Node& root, const char* list,
                          const char* kind, const std::string& name) {
  std::string where = std::string(list) + "[" + name + "]";
  const YAML::Node& entries = root[list];
  if (entries.IsDefined() && entries.IsSequence()) {
    for (const YAML::Node& entry : entries) {
      if (!entry.IsMap() || !entry["name"].IsDefined() || !entry["name"].IsScalar()) continue;
      if (entry["name"].Scalar() != name) continue;
      if (!entry[kind].IsDefined() || !entry[kind].IsMap()) {
        return Status(ErrorCode::kInvalidArgument,
                      file + ": " + where + "." + kind + " is missing");
      }
      return Section(file, where + "." + kind, entry[kind]);
    }
  }
  return Status(ErrorCode::kInvalidArgument, file + ": " + where + " does not exist");
}

Status ReadCluster(const Section& cluster, ClusterConfig* config) {
  REWIND_TRY_ASSIGN(config->server, cluster.RequiredText("server"));
  while (config->server.ends_with('/')) config->server.pop_back();
  if (!config->server.starts_with("https://") && !config->server.starts_with("http://")) {
    return cluster.Error("server", "is '" + config->server + "'; use https://HOST:PORT");
  }
  if (cluster.Has("proxy-url")) return cluster.Error("proxy-url", "is not supported; remove it");
  REWIND_TRY_ASSIGN(config->ca_pem, cluster.Pem("certificate-authority"));
  REWIND_TRY_ASSIGN(config->tls_server_name, cluster.Text("tls-server-name"));
  REWIND_TRY_ASSIGN(config->insecure_skip_tls_verify, cluster.Flag("insecure-skip-tls-verify"));
  return Status::Ok();
}

Status ReadUser(const Section& user, ClusterConfig* config) {
  for (const char* field : {"exec", "auth-provider", "username"}) {
    if (user.Has(field)) {
      return user.Error(field,
                        "is not supported; use a client certificate, token or tokenFile instead");
    }
  }
  REWIND_TRY_ASSIGN(config->client_cert_pem, user.Pem("client-certificate"));
  REWIND_TRY_ASSIGN(config->client_key_pem, user.Pem("client-key"));
  if (config->client_cert_pem.empty() != config->client_key_pem.empty()) {
    return user.Error(config->client_key_pem.empty() ? "client-key" : "client-certificate",
                      "is missing; a client certificate needs both");
  }
  REWIND_TRY_ASSIGN(config->token, user.Text("token"));
  REWIND_TRY_ASSIGN(config->token_file, user.Path("tokenFile"));
  return Status::Ok();
}

Result<ClusterConfig> Read(const std::string& path, const YAML::Node& root) {
  if (!root.IsMap()) return Status(ErrorCode::kInvalidArgument, path + " is not a kubeconfig");
  Section top(path, "kubeconfig", root);
  REWIND_TRY_ASSIGN(std::string context_name, top.RequiredText("current-context"));
  REWIND_TRY_ASSIGN(Section context, FindEntry(path, root, "contexts", "context", context_name));
  REWIND_TRY_ASSIGN(std::string cluster_name, context.RequiredText("cluster"));
  REWIND_TRY_ASSIGN(std::string user_name, context.Text("user"));
  REWIND_TRY_ASSIGN(std::string name_space, context.Text("namespace"));

  ClusterConfig config;
  if (!name_space.empty()) config.name_space = name_space;
  REWIND_TRY_ASSIGN(Section cluster, FindEntry(path, root, "clusters", "cluster", cluster_name));
  REWIND_TRY(ReadCluster(cluster, &config));
  if (!user_name.empty()) {
    REWIND_TRY_ASSIGN(Section user, FindEntry(path, root, "users", "user", user_name));
    REWIND_TRY(ReadUser(user, &config));
  }
  return config;
}

}  // namespace

Result<ClusterConfig> LoadKubeconfig(const std::string& path) {
  REWIND_TRY_ASSIGN(std::string text, ReadFile(path, kKubeconfigLimitBytes));
  try {
    return Read(path, YAML::Load(text));
  } catch (const YAML::Exception& error) {
    return Status(ErrorCode::kInvalidArgument, path + ":" + std::to_string(error.mark.line + 1) +
                                                   ": is not valid YAML: " + error.msg);
  }
}

}  // namespace rewindmq::kube
