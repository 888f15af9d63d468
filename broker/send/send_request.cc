#include "broker/send/send_request.h"

#include <array>

namespace rewindmq::broker {
namespace {

// The order of both name tables.
enum FieldIndex {
  kGroup,
  kTopic,
  kDefaultTopic,
  kDefaultNums,
  kQueueId,
  kSysFlag,
  kBornTime,
  kFlag,
  kProperties,
  kReconsume,
  kUnitMode,
  kMaxReconsume,
  kBatch,
  kFieldCount
};
using Names = std::array<std::string_view, kFieldCount>;

constexpr Names kLongNames = {
    "producerGroup", "topic",          "defaultTopic",  "defaultTopicQueueNums",
    "queueId",       "sysFlag",        "bornTimestamp", "flag",
    "properties",    "reconsumeTimes", "unitMode",      "maxReconsumeTimes",
    "batch"};
constexpr Names kShortNames = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m"};

}  // namespace

Result<SendRequest> ReadSendRequest(const protocol::Command& command) {
  bool long_names =
      command.code == protocol::kSendMessage || command.code == protocol::kSendReplyMessage;
  const Names& names = long_names ? kLongNames : kShortNames;
  protocol::FieldReader fields(command.fields);
  SendRequest request;
  request.producer_group = fields.Text(names[kGroup]);
  request.topic = fields.Text(names[kTopic]);
  request.default_topic = fields.Text(names[kDefaultTopic]);
  request.default_topic_queue_nums = fields.Int32(names[kDefaultNums]);
  request.queue_id = fields.Int32(names[kQueueId]);
  request.sys_flag = fields.Int32(names[kSysFlag]);
  request.born_timestamp_ms = fields.Int64(names[kBornTime]);
  request.flag = fields.Int32(names[kFlag]);
  request.properties = fields.TextOr(names[kProperties], "");
  request.reconsume_times = fields.Int32Or(names[kReconsume], 0);
  request.unit_mode = fields.BoolOr(names[kUnitMode], false);
  if (command.fields.Find(names[kMaxReconsume]) != nullptr) {
    request.max_reconsume_times = fields.Int32(names[kMaxReconsume]);
  }
  request.batch =
      fields.BoolOr(names[kBatch], false) || command.code == protocol::kSendBatchMessage;
  if (!fields.status().ok()) return fields.status();
  return request;
}

}  // namespace rewindmq::broker
