#pragma once
// Names with a meaning of their own, and the rules for names (TopicValidator, MixAll). Pure.

#include <string>
#include <string_view>

#include "common/base/status.h"

namespace rewindmq::protocol {

// The topic whose settings a topic takes that is created by its first message.
inline constexpr std::string_view kDefaultTopic = "TBW102";
inline constexpr std::string_view kRetryPrefix = "%RETRY%";
inline constexpr std::string_view kDlqPrefix = "%DLQ%";
inline constexpr std::string_view kScheduleTopic = "SCHEDULE_TOPIC_XXXX";
inline constexpr std::string_view kSelfTestTopic = "SELF_TEST_TOPIC";
inline constexpr std::string_view kBenchmarkTopic = "BenchmarkTest";
inline constexpr std::string_view kOffsetMovedTopic = "OFFSET_MOVED_EVENT";
inline constexpr std::string_view kTransHalfTopic = "RMQ_SYS_TRANS_HALF_TOPIC";
inline constexpr std::string_view kTransOpHalfTopic = "RMQ_SYS_TRANS_OP_HALF_TOPIC";
inline constexpr std::string_view kTransCheckMaxTimeTopic = "TRANS_CHECK_MAX_TIME_TOPIC";
inline constexpr std::string_view kTraceTopic = "RMQ_SYS_TRACE_TOPIC";

// The name's length is one signed byte in a stored record. (5.x allows 255 for retry topics, which
// only its second record version can hold.)
inline constexpr size_t kMaxTopicNameBytes = 127;
// %RETRY% and the longest group are the longest topic.
inline constexpr size_t kMaxGroupNameBytes = 120;

std::string RetryTopic(std::string_view group);
std::string DlqTopic(std::string_view group);

// A topic of the broker's own, which users neither write to nor delete.
bool IsSystemTopic(std::string_view topic);

// A topic that clients may not send to at all.
bool IsSendForbidden(std::string_view topic);

// kInvalidArgument with Java's wording. Letters, digits, and % | _ - are allowed.
Status ValidateTopicName(std::string_view topic);
Status ValidateGroupName(std::string_view group);

}  // namespace rewindmq::protocol
