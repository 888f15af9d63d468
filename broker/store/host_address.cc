#include "broker/store/host_address.h"

#include <arpa/inet.h>

namespace rewindmq::store {

Result<HostAddress> ParseHostAddress(std::string_view ip_text, int32_t port) {
  HostAddress address;
  address.port = port;
  std::string text(ip_text);
  if (inet_pton(AF_INET, text.c_str(), address.ip.data()) == 1) return address;
  if (inet_pton(AF_INET6, text.c_str(), address.ip.data()) == 1) {
    address.is_v6 = true;
    return address;
  }
  return Status(ErrorCode::kInvalidArgument,
                "'" + text + "' is not an IP address; write it like 10.0.0.1 or fd00::1");
}

std::string ToText(const HostAddress& address) {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(address.is_v6 ? AF_INET6 : AF_INET, address.ip.data(), text, sizeof text);
  std::string ip = address.is_v6 ? "[" + std::string(text) + "]" : std::string(text);
  return ip + ":" + std::to_string(address.port);
}

}  // namespace rewindmq::store
