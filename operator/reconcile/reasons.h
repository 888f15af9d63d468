#pragma once
// Reasons that only an OffsetReset's conditions have, beside those of reset/table.h: CamelCase
// words that scripts may rely on, explained in docs/resets.md. Constants.

#include <string_view>

namespace rewindmq::reconcile::reason {

inline constexpr std::string_view kAwaitingApproval = "AwaitingApproval";
inline constexpr std::string_view kApproved = "Approved";
inline constexpr std::string_view kAutomatic = "Automatic";
inline constexpr std::string_view kNotRequested = "NotRequested";
inline constexpr std::string_view kRestoreSourceNotFound = "RestoreSourceNotFound";
inline constexpr std::string_view kRestoreSourceNotUsable = "RestoreSourceNotUsable";
inline constexpr std::string_view kDeadlineExceeded = "DeadlineExceeded";
inline constexpr std::string_view kInvalidManifest = "InvalidManifest";
inline constexpr std::string_view kNotSupportedYet = "NotSupportedYet";

}  // namespace rewindmq::reconcile::reason
