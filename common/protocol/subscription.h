#pragma once
// What a consumer wants of a topic (FilterAPI): all messages, or those with one of some tags. The
// broker compares hashes of tags only, so the client compares the tags themselves once more.
// Thread safety: pure functions.

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/protocol/heartbeat.h"

namespace rewindmq::protocol {

// "*" or empty for everything, else "TagA || TagB". `version` tells a newer subscription of the
// group from an older one; Java uses the time. kInvalidArgument for an expression without tags.
Result<SubscriptionData> MakeSubscription(const std::string& topic, const std::string& expression,
                                          int64_t version);

bool Matches(const SubscriptionData& subscription, std::string_view tag);

}  // namespace rewindmq::protocol
