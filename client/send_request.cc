#include "client/send_request.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "common/protocol/topic_names.h"

namespace rewindmq::client {
namespace {

// Response codes that only senders meet.
constexpr int32_t kSlaveNotAvailableCode = 11;
constexpr int32_t kFlushSlaveTimeoutCode = 12;
constexpr int32_t kNoBuyerIdCode = 204;
constexpr int32_t kNotInCurrentUnitCode = 205;

constexpr std::array kRetryCodes = {static_cast<int32_t>(protocol::kSystemError),
                                    static_cast<int32_t>(protocol::kSystemBusy),
                                    static_cast<int32_t>(protocol::kServiceNotAvailable),
                                    static_cast<int32_t>(protocol::kNoPermission),
                                    static_cast<int32_t>(protocol::kTopicNotExist),
                                    kNoBuyerIdCode,
                                    kNotInCurrentUnitCode};

bool HasSeparator(const std::string& text) {
  return text.find(protocol::kPropertyNameEnd) != std::string::npos ||
         text.find(protocol::kPropertyEnd) != std::string::npos;
}

Result<SendStatus> StoredHow(int32_t code) {
  switch (code) {
    case protocol::kSuccess:
      return SendStatus::kOk;
    case protocol::kFlushDiskTimeout:
      return SendStatus::kFlushDiskTimeout;
    case kSlaveNotAvailableCode:
      return SendStatus::kSlaveNotAvailable;
    case kFlushSlaveTimeoutCode:
      return SendStatus::kFlushSlaveTimeout;
    default:
      return Status(ErrorCode::kRejected, "");
  }
}

}  // namespace

Status CheckMessage(const Message& message, size_t max_body_bytes) {
  REWIND_TRY(protocol::ValidateTopicName(message.topic));
  if (message.body.empty()) {
    return {ErrorCode::kInvalidArgument, "the message body is empty; brokers refuse that"};
  }
  if (message.body.size() > max_body_bytes) {
    return {ErrorCode::kInvalidArgument,
            "the message body has " + std::to_string(message.body.size()) + " bytes, but at most " +
                std::to_string(max_body_bytes) + " are allowed"};
  }
  bool bad = HasSeparator(message.tag) || HasSeparator(message.keys);
  size_t bytes = message.tag.size() + message.keys.size();
  for (const auto& [name, value] : message.properties) {
    bad = bad || HasSeparator(name) || HasSeparator(value);
    bytes += name.size() + value.size();
  }
  if (bad) {
    return {ErrorCode::kInvalidArgument,
            "tag, keys and properties may not contain the characters 1 and 2"};
  }
  if (bytes > protocol::kMaxPropertiesBytes) {
    return {ErrorCode::kInvalidArgument,
            "the properties have " + std::to_string(bytes) + " bytes, but at most " +
                std::to_string(protocol::kMaxPropertiesBytes) + " are allowed"};
  }
  return Status::Ok();
}

std::string MessageProperties(const Message& message, const std::string& unique_id) {
  std::vector<std::pair<std::string, std::string>> all;
  if (!message.keys.empty()) all.emplace_back(kPropertyKeys, message.keys);
  all.emplace_back(kPropertyUniqueKey, unique_id);
  all.emplace_back(kPropertyWait, "true");
  if (!message.tag.empty()) all.emplace_back(kPropertyTags, message.tag);
  all.insert(all.end(), message.properties.begin(), message.properties.end());
  return protocol::BuildProperties(all);
}

protocol::Outgoing MakeSendRequest(const Message& message, const std::string& properties,
                                   const SendSettings& settings, const PublishQueue& target,
                                   int64_t born_timestamp_ms) {
  auto request = protocol::MakeRequest(protocol::kSendMessageV2);
  request.With("a", settings.group)
      .With("b", message.topic)
      .With("c", std::string(protocol::kDefaultTopic))
      .With("d", settings.new_topic_queues)
      .With("e", target.queue.queue_id)
      .With("f", 0)  // system flags
      .With("g", born_timestamp_ms)
      .With("h", 0)  // the user's flag
      .With("i", properties)
      .With("j", 0)        // times consumed
      .With("k", "false")  // unit mode
      .With("m", "false")  // batch
      .With("n", target.queue.broker_name);
  request.body = message.body;
  return request;
}

Result<SendResult> ReadSendAnswer(const protocol::Command& answer, const PublishQueue& target,
                                  const std::string& unique_id) {
  auto status = StoredHow(answer.code);
  if (!status.ok()) return Status::Rejected(answer.code, std::string(answer.remark));
  SendResult result;
  result.status = *status;
  result.unique_id = unique_id;
  result.queue = target.queue;
  protocol::FieldReader fields(answer.fields);
  result.offset_message_id = std::string(fields.Text("msgId"));
  result.queue.queue_id = fields.Int32("queueId");
  result.queue_offset = fields.Int64("queueOffset");
  if (!fields.status().ok()) {
    return Status(ErrorCode::kCorruption, "answer to a send: " + fields.status().message());
  }
  return result;
}

bool WorthAnotherTry(const Status& status) {
  switch (status.code()) {
    case ErrorCode::kUnavailable:
    case ErrorCode::kTimeout:
    case ErrorCode::kResourceExhausted:
      return true;
    case ErrorCode::kRejected:
      return std::find(kRetryCodes.begin(), kRetryCodes.end(), status.response_code()) !=
             kRetryCodes.end();
    default:
      return false;
  }
}

}  // namespace rewindmq::client
