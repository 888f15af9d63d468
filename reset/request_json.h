#pragma once
// A request as JSON, for the command line's result file: what a later `verify` or `undo` must know
// of the reset. Reading does not trust. Pure.

#include "common/base/status.h"
#include "reset/json_fields.h"
#include "reset/request.h"

namespace rewindmq::reset {

Json RequestToJson(const Request& request);
// kInvalidArgument names the member that is wrong.
Result<Request> RequestFromJson(const Json& json);

// "Time", "Earliest", …; "RewindOnly", …; "Auto", …: as OffsetReset has them.
std::string_view Name(TargetKind kind);
std::string_view Name(Direction direction);
std::string_view Name(Method method);
Result<Direction> DirectionFromName(std::string_view name);
Result<Method> MethodFromName(std::string_view name);
Result<VerifyBy> VerifyByFromName(std::string_view name);

}  // namespace rewindmq::reset
