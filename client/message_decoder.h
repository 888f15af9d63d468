#pragma once
// Reads the messages out of a pull answer, which are records in the layout of the commit log
// (MessageDecoder.decodes): both record versions, hosts of IPv4 and IPv6, bodies compressed by
// zlib. All numbers are checked; damaged bytes are an error, never a wrong message. Thread safety:
// pure functions.

#include <string>
#include <string_view>
#include <vector>

#include "client/message.h"
#include "common/base/status.h"

namespace rewindmq::client {

// A small body may expand to at most this much; more is a broken or hostile record.
inline constexpr size_t kMaxInflatedBytes = 64U << 20;

// `broker_name` completes each message's queue. kCorruption names what is wrong. A body compressed
// by another method than zlib is left as it is, with its bit still set in sys_flag.
Result<std::vector<ReceivedMessage>> DecodeMessages(std::string_view records,
                                                    const std::string& broker_name);

}  // namespace rewindmq::client
