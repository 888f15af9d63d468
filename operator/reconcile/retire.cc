#include "operator/reconcile/retire.h"

#include <string_view>

#include "operator/api/json_fields.h"

namespace rewindmq::reconcile {
namespace {

constexpr int64_t kMsPerSecond = 1000;

struct Mark {
  std::string_view place;  // of metadata
  std::string_view key;
  std::string_view tool;
};

// app.kubernetes.io/instance is what Argo CD before 3.0 tracks by.
constexpr Mark kMarks[] = {
    {"annotations", "argocd.argoproj.io/tracking-id", "Argo CD"},
    {"labels", "argocd.argoproj.io/instance", "Argo CD"},
    {"labels", "app.kubernetes.io/instance", "Argo CD or another tool"},
    {"labels", "kustomize.toolkit.fluxcd.io/name", "Flux"},
    {"labels", "helm.toolkit.fluxcd.io/name", "Flux"},
    {"annotations", "meta.helm.sh/release-name", "Helm"},
};

}  // namespace

std::optional<int64_t> DeletionTimeMs(const api::OffsetReset& reset) {
  // Read by itself: an object with a wrong spec finishes as well.
  const api::Json* seconds = api::FindField(reset.spec(), "ttlSecondsAfterFinished");
  if (seconds == nullptr || !seconds->is_number_integer()) return std::nullopt;
  if (!reset.finished() || !reset.status.completion_time_ms.has_value()) return std::nullopt;
  const auto ttl_s = seconds->get<int64_t>();
  if (ttl_s < 0 || ttl_s > INT32_MAX) return std::nullopt;
  return *reset.status.completion_time_ms + ttl_s * kMsPerSecond;
}

std::string ManagerOf(const api::OffsetReset& reset) {
  const api::Json& metadata = api::FieldOrEmpty(reset.object, "metadata");
  for (const Mark& mark : kMarks) {
    if (api::FindField(api::FieldOrEmpty(metadata, mark.place), mark.key) == nullptr) continue;
    return std::string(mark.tool) + " (" + std::string(mark.key) + ")";
  }
  return {};
}

}  // namespace rewindmq::reconcile
