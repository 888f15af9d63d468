#include "broker/store/queue_name.h"

#include <algorithm>
#include <string>

#include "broker/store/record.h"

namespace rewindmq::store {
namespace {

bool IsTopicCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("%|_-+").find(c) != std::string_view::npos;
}

}  // namespace

Status CheckQueueName(std::string_view topic, int32_t queue_id) {
  if (topic.empty() || topic.size() > kMaxTopicBytes) {
    return Status(ErrorCode::kInvalidArgument,
                  "the topic name has " + std::to_string(topic.size()) +
                      " bytes; allowed are 1 to " + std::to_string(kMaxTopicBytes));
  }
  if (!std::all_of(topic.begin(), topic.end(), IsTopicCharacter)) {
    return Status(ErrorCode::kInvalidArgument,
                  "the topic '" + std::string(topic) +
                      "' has characters other than letters, digits, %, |, _, - and +");
  }
  if (queue_id < 0 || queue_id > kMaxQueueId) {
    return Status(ErrorCode::kInvalidArgument,
                  "queue id " + std::to_string(queue_id) + " of topic " + std::string(topic) +
                      " is outside of 0 to " + std::to_string(kMaxQueueId));
  }
  return Status::Ok();
}

}  // namespace rewindmq::store
