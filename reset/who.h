#pragma once
// Whom a reset deals with: which kind of broker, and which consumers of the group are connected to
// it. Thread safety: plain values; calls block.

#include <cstdint>
#include <optional>
#include <string>

#include "client/admin_api.h"
#include "common/base/status.h"
#include "reset/capabilities.h"

namespace rewindmq::reset {

// What of a group's members decides how it can be reset.
struct Members {
  std::optional<int32_t> online;  // absent = the broker answered something that does not tell
  bool broadcasting = false;      // they keep their offsets themselves
  bool pulling = false;           // they pull by themselves and ignore notices
  bool any_cpp = false;
  bool any_too_old = false;  // for code 220, which came with 3.0.7

  bool Offline() const { return online == 0; }
};

// 203 at the broker. An error when it does not answer.
Result<Members> ReadMembers(client::AdminApi* admin, const std::string& address,
                            const std::string& group);

// After another answer of this broker, which told its version. Brokers of RewindMQ answer
// kGetReplays. Of the others the configuration tells (useServerSideResetOffset), and where it is
// kept secret, the version. An error when it does not answer.
Result<BrokerKind> ReadKind(client::AdminApi* admin, const std::string& address);

// True when the peer was silent, as opposed to saying no.
bool IsSilence(const Status& status);

}  // namespace rewindmq::reset
