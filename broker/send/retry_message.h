#pragma once
// What becomes of a message that a consumer could not handle (AbstractSendMessageProcessor.
// consumerSendMsgBack): it comes again through the group's retry topic, later each time, until it
// has come often enough; then it goes to the group's topic of dead letters. Pure.

#include <cstdint>
#include <string_view>

#include "broker/send/inner_message.h"
#include "broker/store/record.h"

namespace rewindmq::broker {

// A first retry waits as long as this level says.
inline constexpr int32_t kFirstRetryLevel = 3;
inline constexpr int32_t kDlqQueueNums = 1;

struct RetryRule {
  std::string_view group;
  int32_t delay_level = 0;  // 0: later each time; negative: no more
  int32_t max_reconsume_times = 0;
};

bool IsDead(const store::Record& record, const RetryRule& rule);

// What has been retried before lies in the retry topic, and says where it comes from.
std::string_view OriginTopicOf(const store::Record& record);

// For the retry topic or that of dead letters; the queue is left to the caller.
InnerMessage RetryOf(const store::Record& record, const RetryRule& rule);

}  // namespace rewindmq::broker
