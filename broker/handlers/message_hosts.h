#pragma once
// The two hosts that a stored message names: where it was born, and where it is stored.

#include <algorithm>
#include <asio/ip/address.hpp>

#include "broker/handlers/parts.h"
#include "broker/store/host_address.h"
#include "common/remoting/connection.h"
#include "common/remoting/dispatcher.h"

namespace rewindmq::broker {

inline store::HostAddress BornHost(const remoting::Responder& responder) {
  const auto& endpoint = responder.connection()->remote_endpoint();
  store::HostAddress host;
  host.port = endpoint.port();
  asio::ip::address address = endpoint.address();
  // Clients older than 4.6 cannot decode a 16-byte address, so a mapped one is written as IPv4.
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  if (address.is_v4()) {
    auto bytes = address.to_v4().to_bytes();
    std::copy(bytes.begin(), bytes.end(), host.ip.begin());
  } else {
    host.is_v6 = true;
    host.ip = address.to_v6().to_bytes();
  }
  return host;
}

// The broker's own; its address was checked when the options were read.
inline store::HostAddress StoreHost(const Parts& parts) {
  return *store::ParseHostAddress(parts.options.advertised_ip, parts.options.listen_port);
}

}  // namespace rewindmq::broker
