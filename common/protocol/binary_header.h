#pragma once
// The binary form of a command's header (RocketMQSerializable): code 2, language 1, version 2,
// opaque 4, flag 4, remark length 4 and bytes, field block length 4 and per field a 2-byte name
// length, the name, a 4-byte value length, the value. Codes above 32767 do not fit.

#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/protocol/command.h"

namespace rewindmq::protocol {

Status DecodeBinaryHeader(std::string_view header, Command* command);
void AppendBinaryHeader(const Outgoing& command, std::string* out);

}  // namespace rewindmq::protocol
