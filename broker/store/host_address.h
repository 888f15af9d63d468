#pragma once
// An IP address and a port as a CommitLog record holds them (BORNHOST and STOREHOST).
// Thread safety: a plain value.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace rewindmq::store {

struct HostAddress {
  std::array<uint8_t, 16> ip{};  // network order; IPv4 uses the first four bytes
  bool is_v6 = false;
  int32_t port = 0;

  friend bool operator==(const HostAddress&, const HostAddress&) = default;
};

// "1.2.3.4" or "::1", without brackets. kInvalidArgument names the text.
Result<HostAddress> ParseHostAddress(std::string_view ip_text, int32_t port);

// "1.2.3.4:5" or "[::1]:5".
std::string ToText(const HostAddress& address);

}  // namespace rewindmq::store
