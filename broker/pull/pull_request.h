#pragma once
// A pull (11, 361) as a type that owns its parts, because it may be held for seconds
// (PullMessageRequestHeader, PullSysFlag).

#include <cstdint>
#include <memory>
#include <string>

#include "common/base/status.h"
#include "common/protocol/codes.h"
#include "common/protocol/command.h"
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
};

// kInvalidArgument names the field that is missing or malformed.
Result<PullRequest> ReadPullRequest(const protocol::Command& command);

}  // namespace rewindmq::broker
