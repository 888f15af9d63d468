#include "operator/api/offset_reset.h"

#include <utility>

#include "operator/api/json_fields.h"

namespace rewindmq::api {

const Json& OffsetReset::spec() const {
  static const Json kNull;
  const Json* spec = FindField(object, "spec");
  return spec == nullptr ? kNull : *spec;
}

Result<OffsetReset> FromJson(Json object) {
  OffsetReset reset;
  std::string kind;
  std::string api_version;
  REWIND_TRY(ReadField(object, "kind", &kind));
  REWIND_TRY(ReadField(object, "apiVersion", &api_version));
  if (kind != kKind || api_version != kApiVersion) {
    return Status(ErrorCode::kInvalidArgument,
                  "apiVersion is '" + api_version + "' and kind is '" + kind + "', expected '" +
                      std::string(kApiVersion) + "' and '" + std::string(kKind) + "'");
  }
  const Json& metadata = FieldOrEmpty(object, "metadata");
  REWIND_TRY(ReadField(metadata, "namespace", &reset.key.ns));
  REWIND_TRY(ReadField(metadata, "name", &reset.key.name));
  REWIND_TRY(ReadField(metadata, "uid", &reset.uid));
  REWIND_TRY(ReadField(metadata, "resourceVersion", &reset.resource_version));
  REWIND_TRY(ReadField(metadata, "generation", &reset.generation));
  REWIND_TRY(ReadTime(metadata, "creationTimestamp", &reset.creation_time_ms));
  reset.deleting = FindField(metadata, "deletionTimestamp") != nullptr;
  for (const Json& finalizer : FieldOrEmpty(metadata, "finalizers")) {
    reset.held = reset.held || finalizer == kFinalizer;
  }
  if (reset.key.name.empty()) {
    return Status(ErrorCode::kInvalidArgument, "`metadata.name` must be set");
  }
  REWIND_TRY_ASSIGN(reset.status, StatusFromJson(FieldOrEmpty(object, "status")));
  // Rows that an earlier version wrote do not name their topic: it was always the spec's.
  for (reset::QueueRow& row : reset.status.table.queues) {
    if (!row.topic.empty()) continue;
    REWIND_TRY(ReadField(FieldOrEmpty(object, "spec"), "topic", &row.topic));
  }
  reset.object = std::move(object);
  return reset;
}

Json ToJson(const OffsetReset& reset) {
  Json object = reset.object;
  StatusToJson(reset.status, &object["status"]);
  return object;
}

}  // namespace rewindmq::api
