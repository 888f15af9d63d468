#pragma once
// Locking of queues by orderly consumers (LockBatchRequestBody, LockBatchResponseBody,
// UnlockBatchRequestBody; codes 41 and 42). Thread safety: plain values.

#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/protocol/message_queue.h"

namespace rewindmq::protocol {

// Also the body of an unlock.
struct LockBatchRequest {
  std::string consumer_group;
  std::string client_id;
  std::vector<MessageQueue> queues;
  bool only_this_broker = false;  // 5.x

  bool operator==(const LockBatchRequest&) const = default;
};

struct LockBatchResponse {
  std::vector<MessageQueue> locked_queues;

  bool operator==(const LockBatchResponse&) const = default;
};

std::string EncodeLockBatchRequest(const LockBatchRequest& request);
Result<LockBatchRequest> DecodeLockBatchRequest(std::string_view text);
std::string EncodeLockBatchResponse(const LockBatchResponse& response);
Result<LockBatchResponse> DecodeLockBatchResponse(std::string_view text);

}  // namespace rewindmq::protocol
