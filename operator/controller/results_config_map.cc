#include "operator/controller/results_config_map.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace rewindmq::controller {
namespace {

using nlohmann::json;

constexpr int64_t kDeadlineMs = 10'000;
constexpr std::string_view kSuffix = "-results";
// An object's name and a ConfigMap's have the same limit.
constexpr size_t kMaxNameBytes = 253;

json OwnerOf(const api::OffsetReset& owner) {
  return {{"apiVersion", api::kApiVersion},
          {"kind", api::kKind},
          {"name", owner.key.name},
          {"uid", owner.uid},
          {"controller", true}};
}

bool IsOwnedBy(const json& config_map, const std::string& uid) {
  const json owners = config_map.value("/metadata/ownerReferences"_json_pointer, json::array());
  return std::any_of(owners.begin(), owners.end(),
                     [&](const json& owner) { return owner.value("uid", "") == uid; });
}

}  // namespace

Result<std::string> WriteResultsConfigMap(kube::RestClient* client, const api::OffsetReset& owner,
                                          const TextFiles& files, const std::stop_token& stop) {
  const std::string name = owner.key.name.substr(0, kMaxNameBytes - kSuffix.size()).append(kSuffix);
  const std::string folder =
      "/api/v1/namespaces/" + kube::PercentEncode(owner.key.ns) + "/configmaps";
  const std::string path = folder + "/" + kube::PercentEncode(name);
  const kube::CallOptions call{.deadline_ms = kDeadlineMs, .stop = stop};
  json wanted = {{"apiVersion", "v1"},
                 {"kind", "ConfigMap"},
                 {"metadata",
                  {{"name", name},
                   {"namespace", owner.key.ns},
                   {"labels", {{"app.kubernetes.io/managed-by", "rewind-operator"}}},
                   {"ownerReferences", json::array({OwnerOf(owner)})}}},
                 {"data", files}};
  kube::RestReply found = client->Get(path, call);
  if (found.status.code() == ErrorCode::kNotFound) {
    REWIND_TRY(client->Post(folder, wanted, call).status);
    return name;
  }
  REWIND_TRY(found.status);
  if (!IsOwnedBy(found.body, owner.uid)) {
    return Status(ErrorCode::kRejected, "ConfigMap " + name +
                                            " belongs to somebody else and is left as it is; "
                                            "delete it, or give the OffsetReset another name");
  }
  wanted["metadata"]["resourceVersion"] =
      found.body.value("/metadata/resourceVersion"_json_pointer, "");
  REWIND_TRY(client->Put(path, wanted, call).status);
  return name;
}

}  // namespace rewindmq::controller
