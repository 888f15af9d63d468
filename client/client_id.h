#pragma once
// Names that nobody else in the cluster has: of a client (ClientConfig.buildMQClientId,
// "ip@pid#number") and of a message (MessageClientIDSetter).
// Thread safety: every function may be called from any thread.

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include "common/base/clock.h"

namespace rewindmq::client {

// The first address of this machine that is not loopback, IPv4 preferred; "127.0.0.1" without one.
std::string LocalAddress();

// A new name at each call, so that two clients of one process are two members of their group.
std::string MakeClientId();

// 32 upper-case hex digits: address 4 bytes, process 2, a random number 4 (Java: class loader),
// milliseconds since the month began 4, a counter 2. Same layout as Java's, whose tools print the
// time out of it. Unique while one process makes less than 65,536 in a millisecond.
class UniqueIds {
 public:
  explicit UniqueIds(const Clock* clock);
  std::string Next();

 private:
  const Clock* clock_;
  std::array<uint8_t, 10> prefix_;
  std::atomic<uint16_t> counter_{0};
};

}  // namespace rewindmq::client
