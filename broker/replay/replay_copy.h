#pragma once
// The message that a replay puts into a group's retry topic: the original with its body, flags,
// keys and properties, as if it had been sent just now, and four properties that say where it comes
// from. RETRY_TOPIC makes clients show the original topic (DefaultMQPushConsumerImpl.
// resetRetryAndNamespace). Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "broker/send/inner_message.h"
#include "broker/store/record.h"

namespace rewindmq::broker {

// `record` lies in its topic; the retry queue is left to the caller.
InnerMessage CopyForReplay(const store::Record& record, std::string_view group,
                           std::string_view replay_id);

// What a record of a retry topic says of the replay that put it there.
struct ReplayOrigin {
  int32_t queue_id = 0;
  int64_t offset = 0;
};
// Empty when it is no copy of this replay, or one that was sent back by a consumer since.
std::optional<ReplayOrigin> OriginInReplay(const store::Record& record, std::string_view replay_id);

}  // namespace rewindmq::broker
