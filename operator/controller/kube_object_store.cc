#include "operator/controller/kube_object_store.h"

#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "operator/api/json_fields.h"
#include "operator/controller/results_config_map.h"

namespace rewindmq::controller {
namespace {

constexpr int64_t kDeadlineMs = 10'000;

std::string ObjectPath(const api::ObjectKey& key) {
  return KubeObjectStore::CollectionPath(key.ns) + "/" + kube::PercentEncode(key.name);
}

Result<api::OffsetReset> Parse(const nlohmann::json& object) {
  return api::FromJson(nlohmann::ordered_json(object));
}

}  // namespace

KubeObjectStore::KubeObjectStore(kube::RestClient& client, kube::EventRecorder& recorder,
                                 const Clock& clock, std::stop_token stop)
    : client_(client), recorder_(recorder), cache_(clock), stop_(std::move(stop)) {}

std::string KubeObjectStore::CollectionPath(const std::string& name_space) {
  std::string path = "/apis/" + std::string(api::kApiVersion);
  if (!name_space.empty()) path += "/namespaces/" + kube::PercentEncode(name_space);
  return path + "/" + std::string(api::kPlural);
}

Result<api::OffsetReset> KubeObjectStore::Get(const api::ObjectKey& key) {
  kube::RestReply reply = client_.Get(ObjectPath(key), {.deadline_ms = kDeadlineMs, .stop = stop_});
  REWIND_TRY(reply.status);
  return Parse(reply.body);
}

Result<std::vector<api::OffsetReset>> KubeObjectStore::List() {
  if (!synced_) {
    return Status(ErrorCode::kUnavailable, "the list of OffsetResets has not been read yet");
  }
  return cache_.List();
}

Result<api::OffsetReset> KubeObjectStore::UpdateStatus(const api::OffsetReset& reset) {
  nlohmann::json body = api::ToJson(reset);
  body["metadata"]["resourceVersion"] = reset.resource_version;
  kube::RestReply reply = client_.Put(ObjectPath(reset.key) + "/status", body,
                                      {.deadline_ms = kDeadlineMs, .stop = stop_});
  REWIND_TRY(reply.status);
  REWIND_TRY_ASSIGN(api::OffsetReset stored, Parse(reply.body));
  cache_.Wrote(stored);
  return stored;
}

Result<api::OffsetReset> KubeObjectStore::SetHeld(const api::OffsetReset& reset, bool held) {
  // A merge replaces the list as a whole; the version keeps it from losing what others add.
  nlohmann::json finalizers = nlohmann::json::array();
  const api::Json& metadata = api::FieldOrEmpty(reset.object, "metadata");
  for (const api::Json& finalizer : api::FieldOrEmpty(metadata, "finalizers")) {
    if (finalizer != api::kFinalizer) finalizers.push_back(finalizer.get<std::string>());
  }
  if (held) finalizers.push_back(std::string(api::kFinalizer));
  const nlohmann::json body = {
      {"metadata", {{"resourceVersion", reset.resource_version}, {"finalizers", finalizers}}}};
  kube::RestReply reply = client_.Patch(ObjectPath(reset.key), kube::RestClient::PatchType::kMerge,
                                        body, {.deadline_ms = kDeadlineMs, .stop = stop_});
  REWIND_TRY(reply.status);
  REWIND_TRY_ASSIGN(api::OffsetReset stored, Parse(reply.body));
  // With its last finalizer a deleted object has gone, and the watch may have said so already.
  if (held || !stored.deleting) cache_.Wrote(stored);
  return stored;
}

Status KubeObjectStore::Delete(const api::OffsetReset& reset) {
  // Another object of this name, or a later version of this one, is not ours to delete.
  const nlohmann::json options = {
      {"apiVersion", "v1"},
      {"kind", "DeleteOptions"},
      {"preconditions", {{"uid", reset.uid}, {"resourceVersion", reset.resource_version}}}};
  return client_.Delete(ObjectPath(reset.key), options, {.deadline_ms = kDeadlineMs, .stop = stop_})
      .status;
}

Result<std::string> KubeObjectStore::WriteResults(const api::OffsetReset& reset,
                                                  const std::map<std::string, std::string>& files) {
  return WriteResultsConfigMap(&client_, reset, files, stop_);
}

void KubeObjectStore::Event(const api::OffsetReset& reset, bool warning, const std::string& reason,
                            const std::string& message) {
  nlohmann::json about = {{"apiVersion", api::kApiVersion},
                          {"kind", api::kKind},
                          {"metadata",
                           {{"namespace", reset.key.ns},
                            {"name", reset.key.name},
                            {"uid", reset.uid},
                            {"resourceVersion", reset.resource_version}}}};
  using Type = kube::EventRecorder::Type;
  recorder_.Record(about, warning ? Type::kWarning : Type::kNormal, reason, "ResetOffset", message);
}

std::optional<api::ObjectKey> KubeObjectStore::Observe(const kube::WatchEvent& event) {
  using Type = kube::WatchEvent::Type;
  if (event.type == Type::kSynced) {
    synced_ = true;
    return std::nullopt;
  }
  std::string text = kube::ObjectKey(event.object);
  size_t slash = text.find('/');
  if (slash == std::string::npos) return std::nullopt;
  api::ObjectKey key{text.substr(0, slash), text.substr(slash + 1)};
  if (event.type == Type::kDeleted) {
    cache_.Deleted(key);
    return key;
  }
  auto reset = Parse(event.object);
  if (reset.ok()) {
    cache_.Observed(std::move(reset).value());
  } else {
    spdlog::warn("{} cannot be understood: {}", text, reset.status().ToString());
  }
  return key;
}

}  // namespace rewindmq::controller
