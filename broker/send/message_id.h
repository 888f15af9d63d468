#pragma once
// The offset message id (MessageDecoder.createMessageId): store host and physical offset in upper
// case hexadecimal, 32 digits for IPv4 and 56 for IPv6. A client finds the message with it at that
// host.

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "broker/store/host_address.h"
#include "common/base/status.h"

namespace rewindmq::broker {

inline std::string OffsetMessageId(const store::HostAddress& host, int64_t physical_offset) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string id;
  auto append = [&](uint64_t value, int digits) {
    for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) id += kHex[(value >> shift) & 15];
  };
  for (size_t i = 0; i < (host.is_v6 ? 16U : 4U); ++i) append(host.ip[i], 2);
  append(static_cast<uint32_t>(host.port), 8);
  append(static_cast<uint64_t>(physical_offset), 16);
  return id;
}

// The way back: where in the log the message with this id is.
inline Result<int64_t> PhysicalOffsetOf(std::string_view id) {
  constexpr size_t kDigitsV4 = 32;
  constexpr size_t kDigitsV6 = 56;
  constexpr size_t kOffsetDigits = 16;
  uint64_t offset = 0;
  bool sized = id.size() == kDigitsV4 || id.size() == kDigitsV6;
  if (sized) {
    const char* first = id.data() + id.size() - kOffsetDigits;
    const char* last = id.data() + id.size();
    auto [end, error] = std::from_chars(first, last, offset, 16);
    sized = error == std::errc() && end == last && offset <= uint64_t{INT64_MAX};
  }
  if (sized) return static_cast<int64_t>(offset);
  return Status(ErrorCode::kInvalidArgument,
                "'" + std::string(id) + "' is no offset message id of 32 or 56 hexadecimal digits");
}

}  // namespace rewindmq::broker
