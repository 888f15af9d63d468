#pragma once
// PULL_MESSAGE (11) as a push consumer sends it, and the broker's answer to it (PullAPIWrapper).
// Thread safety: pure functions.

#include <cstdint>
#include <string>
#include <vector>

#include "client/message.h"
#include "common/base/status.h"
#include "common/protocol/command.h"
#include "common/protocol/heartbeat.h"

namespace rewindmq::client {

// How long the broker may hold a pull that finds nothing, and how long we wait for its answer.
inline constexpr int32_t kPullHoldMs = 15'000;
inline constexpr int32_t kPullTimeoutMs = 30'000;

// The pull carries no offset to commit: a commit that is under way while a reset is decided would
// undo the reset.
protocol::Outgoing MakePullRequest(const std::string& group, const protocol::MessageQueue& queue,
                                   int64_t offset, int32_t max_messages,
                                   int64_t subscription_version);

enum class PullOutcome {
  kFound,
  kNothing,  // go on at next_offset
  kMoved,    // the group's position was reset, or the offset is outside of the queue
};

struct PullAnswer {
  PullOutcome outcome = PullOutcome::kNothing;
  int64_t next_offset = 0;
  int64_t suggested_broker_id = 0;
  std::vector<ReceivedMessage> messages;  // those that match the subscription
};

// kRejected for a response code that ends this try, for example 24, 25 or 26.
Result<PullAnswer> ReadPullAnswer(const protocol::Command& answer, const std::string& broker_name,
                                  const protocol::SubscriptionData& subscription);

}  // namespace rewindmq::client
