#pragma once
// What becomes of an OffsetReset that has finished: it stays, or it is deleted once
// `spec.ttlSecondsAfterFinished` is over. Thread safety: pure functions.

#include <cstdint>
#include <optional>
#include <string>

#include "operator/api/offset_reset.h"

namespace rewindmq::reconcile {

// When the object is to be deleted; absent = never, for it has no such wish or is not finished.
std::optional<int64_t> DeletionTimeMs(const api::OffsetReset& reset);

// Who would create the object again, and with it run the reset again, were it deleted: the tool
// and the label or annotation that tells, as text. Empty = nobody.
std::string ManagerOf(const api::OffsetReset& reset);

}  // namespace rewindmq::reconcile
