#pragma once
// Every request code that any RocketMQ from 4.2.0 to 5.5.0 defines (RequestCode), by its own name,
// and RewindMQ's own from 30001 on; and who is asked it. For logs and for docs/compatibility.md.
// Thread safety: constants.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace rewindmq::protocol {

enum class Asked : uint8_t { kBroker, kNameserver, kController, kClient, kNobody };

struct RequestName {
  int32_t code;
  std::string_view name;
  Asked asked;
};

// Why a server answers a code with 3 although it is asked of servers of its kind.
struct Unserved {
  int32_t code;
  std::string_view reason;
};

std::span<const RequestName> AllRequestNames();
// "SEND_MESSAGE"; empty for a code that no version defines.
std::string_view RequestNameOf(int32_t code);

// What --list-requests prints: a line for each code, "code TAB name TAB served" or, instead of
// "served", the reason why it is answered with 3. An empty third field is a reason that is missing.
std::string ListRequests(Asked server, std::span<const int32_t> served,
                         std::span<const Unserved> reasons);

}  // namespace rewindmq::protocol
