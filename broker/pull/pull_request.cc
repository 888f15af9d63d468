#include "broker/pull/pull_request.h"

#include <algorithm>

namespace rewindmq::broker {
namespace {

constexpr int32_t kCommitFlag = 1;
constexpr int32_t kSuspendFlag = 2;
constexpr int32_t kSubscriptionFlag = 4;

// Clients ask for 15 or 20 s; longer than this is taken for a mistake.
constexpr int64_t kMaxSuspendMs = 120'000;

}  // namespace

Result<PullRequest> ReadPullRequest(const protocol::Command& command, const PullLimits& limits) {
  protocol::FieldReader fields(command.fields);
  PullRequest request;
  request.group = fields.Text("consumerGroup");
  request.topic = fields.Text("topic");
  request.queue_id = fields.Int32("queueId");
  request.queue_offset = fields.Int64("queueOffset");
  request.max_messages = std::clamp(fields.Int32("maxMsgNums"), 1, limits.messages);
  int32_t flags = fields.Int32("sysFlag");
  request.commit_offset = fields.Int64("commitOffset");
  request.suspend_timeout_ms =
      std::clamp<int64_t>(fields.Int64("suspendTimeoutMillis"), 0, kMaxSuspendMs);
  request.subscription = fields.TextOr("subscription", "");
  request.subscription_version = fields.Int64("subVersion");
  request.expression_type = fields.TextOr("expressionType", protocol::kTagExpression);
  int64_t max_bytes = fields.Int64Or("maxMsgBytes", limits.bytes);
  request.max_bytes = max_bytes > 0 ? std::min(max_bytes, limits.bytes) : limits.bytes;
  if (!fields.status().ok()) return fields.status();
  request.commits = (flags & kCommitFlag) != 0;
  request.suspends = (flags & kSuspendFlag) != 0;
  request.has_subscription = (flags & kSubscriptionFlag) != 0;
  request.language = command.language;
  request.version = command.version;
  return request;
}

}  // namespace rewindmq::broker
