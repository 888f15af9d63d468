#pragma once
// A pull (11, 361) as a type that owns its parts, because it may be held for seconds
// (PullMessageRequestHeader, PullSysFlag).

#include <cstdint>
#include <memory>
#include <string>

#include "common/base/status.h"
#include "common/protocol/codes.h"
#include "common/protocol/command.h"
#include "common/protocol/heartbeat.h"
#include "common/remoting/dispatcher.h"

namespace rewindmq::broker {

struct PullRequest {
  std::string group;
  std::string topic;
  int32_t queue_id = 0;
  int64_t queue_offset = 0;
  int32_t max_messages = 0;
  int64_t max_bytes = 0;
  int64_t commit_offset = 0;
  int64_t suspend_timeout_ms = 0;
  bool commits = false;   // commit_offset is meant
  bool suspends = false;  // may be held until a message arrives
  int64_t subscription_version = 0;
  bool has_subscription = false;  // in the request itself
  std::string subscription;
  std::string expression_type;
  // Who asks: decides how a reset is told to it.
  protocol::Language language = protocol::Language::kJava;
  int32_t version = 0;
  // Of the topic and the group, for the answer.
  int32_t topic_sys_flag = 0;
  int32_t group_sys_flag = 0;

  bool filters_by_tags() const {
    return expression_type.empty() || expression_type == protocol::kTagExpression;
  }
};

// What one answer holds at most. Java gives less (8 messages, 64 KiB) when it believes that they
// must be read from disk; here such a consumer catches up as fast as any other.
struct PullLimits {
  int32_t messages = 32;
  int64_t bytes = 256 * 1024;
};

// kInvalidArgument names the field that is missing or malformed.
Result<PullRequest> ReadPullRequest(const protocol::Command& command, const PullLimits& limits);

}  // namespace rewindmq::broker
