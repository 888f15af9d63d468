#pragma once
// The JSON form of a command's header, scanned in place: no document tree, no allocation. Strict
// enough to refuse what Java would refuse, tolerant where other clients are sloppy: numbers and
// booleans are accepted as field values, unknown keys are skipped.

#include <string>

#include "common/base/status.h"
#include "common/protocol/command.h"

namespace rewindmq::protocol {

// Strings are unescaped inside [header, header + size).
Status DecodeJsonHeader(char* header, size_t size, Command* command);
// Keys in alphabetical order, as fastjson writes them.
void AppendJsonHeader(const Outgoing& command, std::string* out);
// Appends text as a JSON string, quotes included.
void AppendJsonString(std::string_view text, std::string* out);

}  // namespace rewindmq::protocol
