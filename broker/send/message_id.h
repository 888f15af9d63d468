#pragma once
// The offset message id (MessageDecoder.createMessageId): store host and physical offset in upper
// case hexadecimal, 32 digits for IPv4 and 56 for IPv6. A client finds the message with it at that
// host.

#include <cstdint>
#include <string>

#include "broker/store/host_address.h"

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

}  // namespace rewindmq::broker
