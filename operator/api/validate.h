#pragma once
// The spec of an OffsetReset as values, checked by the same rules as the CRD's schema and CEL
// expressions. A field that is valid but not served is an error too: it is never ignored. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "operator/api/json_fields.h"
#include "reset/request.h"

namespace rewindmq::api {

enum class VerifyMode : uint8_t { kNone, kCommitted, kClients };

struct AcceptedSpec {
  std::vector<std::string> name_servers;  // "host:port"
  // Its target's time, and what is restored, are to be replaced by what is pinned in the status.
  reset::Request request;
  std::optional<int64_t> ago_ms;  // the target is this long before the first visit
  std::string restore_from;       // the name of another OffsetReset; empty = none
  std::string target_summary;     // as the user wrote it
  bool approval_required = false;
  std::string approved_plan_hash;
  bool dry_run = false;
  bool cancel = false;
  bool resume_interrupted = false;
  VerifyMode verify_mode = VerifyMode::kCommitted;
  int64_t settle_ms = 20'000;
  int32_t request_timeout_ms = 10'000;
  int64_t active_deadline_ms = 600'000;
  int32_t backoff_limit = 3;

  // The same for two objects that must not run at once.
  std::string LockName() const;
};

// `ns` is the object's namespace, for cluster.serviceRef. kInvalidArgument names the field and the
// rule; kUnsupported names the field that is not served.
Result<AcceptedSpec> ParseSpec(const Json& spec, const std::string& ns);

}  // namespace rewindmq::api
