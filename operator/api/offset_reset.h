#pragma once
// The OffsetReset resource (rewindmq.dev/v1alpha1) as values. The object is kept whole as JSON, so
// that fields this version does not know survive a write; the status is typed. The spec is parsed
// by validate.h, because an object whose spec is wrong must still carry a status that says so.
// Thread safety: plain values.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "operator/api/reset_status.h"

namespace rewindmq::api {

inline constexpr std::string_view kGroup = "rewindmq.dev";
inline constexpr std::string_view kVersion = "v1alpha1";
inline constexpr std::string_view kApiVersion = "rewindmq.dev/v1alpha1";
inline constexpr std::string_view kKind = "OffsetReset";
inline constexpr std::string_view kPlural = "offsetresets";
// Held by an object whose brokers are being asked: deleting it ends that first.
inline constexpr std::string_view kFinalizer = "rewindmq.dev/reset";

struct ObjectKey {
  std::string ns;
  std::string name;

  auto operator<=>(const ObjectKey&) const = default;
  std::string ToString() const { return ns + "/" + name; }
};

struct OffsetReset {
  ObjectKey key;
  std::string uid;
  std::string resource_version;  // opaque: compared for equality only
  int64_t generation = 0;
  int64_t creation_time_ms = 0;
  bool deleting = false;
  bool held = false;              // has our finalizer
  nlohmann::ordered_json object;  // as it was read, spec included; its status is the old one
  ResetStatus status;

  // A null value when the object has no spec.
  const nlohmann::ordered_json& spec() const;
  bool finished() const { return status.IsTrue(kFinished); }
  // Nothing is left to do. Other than finished(), this is false for a spec that was refused and has
  // been mended since: nothing had been done, so it may start over.
  bool settled() const {
    const bool mended = status.IsFalse(kAccepted) && status.observed_generation != generation;
    return finished() && !mended;
  }
};

// Reads metadata and status. kInvalidArgument when it is no OffsetReset object at all; a wrong spec
// is not looked at here.
Result<OffsetReset> FromJson(nlohmann::ordered_json object);

// The object with the typed status put in; everything else as it was read.
nlohmann::ordered_json ToJson(const OffsetReset& reset);

}  // namespace rewindmq::api
