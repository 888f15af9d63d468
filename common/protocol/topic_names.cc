#include "common/protocol/topic_names.h"

#include <algorithm>
#include <array>

namespace rewindmq::protocol {
namespace {

constexpr std::array<std::string_view, 12> kSystemTopics = {kDefaultTopic,
                                                            kScheduleTopic,
                                                            kBenchmarkTopic,
                                                            kTransHalfTopic,
                                                            kTraceTopic,
                                                            kTransOpHalfTopic,
                                                            kTransCheckMaxTimeTopic,
                                                            kSelfTestTopic,
                                                            kOffsetMovedTopic,
                                                            "RMQ_SYS_ROCKSDB_TRANS_HALF_TOPIC",
                                                            "RMQ_SYS_ROCKSDB_TRANS_OP_HALF_TOPIC",
                                                            "CHECKPOINT_TOPIC"};
constexpr std::array<std::string_view, 6> kSendForbidden = {
    kScheduleTopic,          kTransHalfTopic, kTransOpHalfTopic,
    kTransCheckMaxTimeTopic, kSelfTestTopic,  kOffsetMovedTopic,
};
constexpr std::string_view kSystemPrefix = "rmq_sys_";

bool IsAllowed(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '%' ||
         c == '-' || c == '_' || c == '|';
}

Status Validate(std::string_view kind, std::string_view name, size_t max_bytes) {
  std::string start = "The specified " + std::string(kind);
  std::string named = start + ": " + std::string(name) + ", ";
  if (name.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return {ErrorCode::kInvalidArgument, start + " is blank."};
  }
  if (!std::all_of(name.begin(), name.end(), IsAllowed)) {
    return {ErrorCode::kInvalidArgument,
            named + "contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$"};
  }
  if (name.size() > max_bytes) {
    return {ErrorCode::kInvalidArgument, named + "is longer than " + std::string(kind) +
                                             " max length: " + std::to_string(max_bytes)};
  }
  return Status::Ok();
}

}  // namespace

std::string RetryTopic(std::string_view group) { return std::string(kRetryPrefix).append(group); }

std::string DlqTopic(std::string_view group) { return std::string(kDlqPrefix).append(group); }

bool IsSystemTopic(std::string_view topic) {
  return topic.starts_with(kSystemPrefix) ||
         std::find(kSystemTopics.begin(), kSystemTopics.end(), topic) != kSystemTopics.end();
}

bool IsSendForbidden(std::string_view topic) {
  return std::find(kSendForbidden.begin(), kSendForbidden.end(), topic) != kSendForbidden.end();
}

Status ValidateTopicName(std::string_view topic) {
  return Validate("topic", topic, kMaxTopicNameBytes);
}

Status ValidateGroupName(std::string_view group) {
  return Validate("group", group, kMaxGroupNameBytes);
}

}  // namespace rewindmq::protocol
