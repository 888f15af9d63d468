#pragma once
// Single fields of a JSON object whose types are not to be trusted: the reset engine's own reader
// and writer, since it stores the same rows. Pure.

#include "reset/json_fields.h"

namespace rewindmq::api {

using reset::FieldOrEmpty;
using reset::FindField;
using reset::Json;
using reset::ReadField;
using reset::ReadList;
using reset::ReadTime;
using reset::WriteField;
using reset::WriteList;
using reset::WriteText;
using reset::WriteTime;

}  // namespace rewindmq::api
