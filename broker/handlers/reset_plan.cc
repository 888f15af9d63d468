#include "broker/handlers/reset_plan.h"

#include <algorithm>

#include "common/protocol/fields.h"
#include "common/protocol/topic_names.h"

namespace rewindmq::broker {

using protocol::Command;
using protocol::FieldReader;
using protocol::MessageQueue;

namespace {

struct ByTime {
  int64_t timestamp_ms = 0;
  bool force = false;
  int32_t queue_id = -1;
  int64_t offset = -1;
  bool retry_topic = false;
};

Status Refused(std::string why) { return Status::Rejected(protocol::kSystemError, std::move(why)); }

// Malformed fields are answered like everything else that is wrong.
Status CheckFields(const FieldReader& fields) {
  return fields.status().ok() ? Status::Ok() : Refused(fields.status().message());
}

Status CheckNames(const Parts& parts, const ResetPlan& plan) {
  if (!parts.topics->Find(plan.topic)) {
    return Status::Rejected(protocol::kTopicNotExist, "Topic " + plan.topic + " does not exist");
  }
  if (!parts.groups->Find(plan.group)) {
    return Status::Rejected(protocol::kSubscriptionGroupNotExist,
                            "Group " + plan.group + " does not exist");
  }
  return Status::Ok();
}

bool KeepsOwnOffsets(const Parts& parts, const std::string& group) {
  auto members = parts.consumers.Find(group);
  return members && members->message_model == protocol::MessageModel::kBroadcasting;
}

Status CheckByTime(const ByTime& wish, const ResetPlan& plan, int32_t read_queue_nums) {
  if (wish.queue_id >= read_queue_nums || wish.queue_id < -1) {
    return Refused("queueId " + std::to_string(wish.queue_id) + " is not one of the " +
                   std::to_string(read_queue_nums) + " queues of topic " + plan.topic);
  }
  if (wish.offset >= 0 && wish.queue_id < 0) {
    return Refused("an offset needs the queueId that it is meant for");
  }
  if (wish.retry_topic && wish.queue_id >= 0) {
    return Refused("resetRetryTopic is for all queues at a time, not for queueId " +
                   std::to_string(wish.queue_id) + "; name the retry topic's queues by code 30001");
  }
  if (plan.own_offsets && !wish.force) {
    return Refused("the members of broadcasting group " + plan.group +
                   " keep their own offsets, which the broker cannot compare: use isForce=true");
  }
  return Status::Ok();
}

Result<int64_t> TargetOf(const Parts& parts, const ByTime& wish, const std::string& topic,
                         int32_t queue_id) {
  int64_t max = parts.store->MaxOffset(topic, queue_id);
  if (wish.offset >= 0) {
    int64_t min = parts.store->MinOffset(topic, queue_id);
    if (wish.offset >= min && wish.offset <= max) return wish.offset;
    return Refused("Target offset " + std::to_string(wish.offset) +
                   " not in consume queue range [" + std::to_string(min) + "-" +
                   std::to_string(max) + "]");
  }
  if (wish.timestamp_ms < 0) return max;
  return parts.store->OffsetByTime(topic, queue_id, wish.timestamp_ms,
                                   parts.options.search_by_time);
}

Status PlanTopic(const Parts& parts, const ByTime& wish, const std::string& topic,
                 ResetPlan* plan) {
  auto config = parts.topics->Find(topic);
  if (!config) return Status::Ok();
  int32_t first = std::max(wish.queue_id, 0);
  int32_t end = wish.queue_id < 0 ? config->read_queue_nums : wish.queue_id + 1;
  for (int32_t queue_id = first; queue_id < end; ++queue_id) {
    REWIND_TRY_ASSIGN(int64_t target, TargetOf(parts, wish, topic, queue_id));
    auto current = parts.offsets->Find(plan->group, topic, queue_id);
    // Without force nobody's unread messages are skipped, and a queue that the group has never
    // consumed has nothing to go back to.
    bool stays = !wish.force && (!current || target >= *current);
    if (!stays) plan->moved[topic][queue_id] = target;
    plan->rows[MessageQueue{topic, parts.options.broker_name, queue_id}] =
        stays ? current.value_or(target) : target;
  }
  return Status::Ok();
}

Status CheckNamed(const Parts& parts, const ResetPlan& plan, const MessageQueue& queue,
                  int64_t offset) {
  std::string name = "queue " + std::to_string(queue.queue_id) + " of topic " + queue.topic;
  if (queue.topic != plan.topic && queue.topic != protocol::RetryTopic(plan.group)) {
    return Refused(name + " is neither of topic " + plan.topic + " nor of the retry topic " +
                   protocol::RetryTopic(plan.group) + " of group " + plan.group);
  }
  if (!queue.broker_name.empty() && queue.broker_name != parts.options.broker_name) {
    return Refused(name + " is named at broker " + queue.broker_name + "; this one is " +
                   parts.options.broker_name);
  }
  auto config = parts.topics->Find(queue.topic);
  if (!config) {
    return Status::Rejected(protocol::kTopicNotExist, "Topic " + queue.topic + " does not exist");
  }
  if (queue.queue_id < 0 || queue.queue_id >= config->read_queue_nums) {
    return Refused(name + " does not exist: the topic's queues are 0 to " +
                   std::to_string(config->read_queue_nums - 1));
  }
  int64_t min = parts.store->MinOffset(queue.topic, queue.queue_id);
  int64_t max = parts.store->MaxOffset(queue.topic, queue.queue_id);
  if (offset < min || offset > max) {
    return Refused("offset " + std::to_string(offset) + " of " + name +
                   " is outside of the queue's " + std::to_string(min) + " to " +
                   std::to_string(max));
  }
  return Status::Ok();
}

}  // namespace

Result<ResetPlan> PlanResetByTime(const Parts& parts, const Command& command) {
  FieldReader fields(command.fields);
  ResetPlan plan;
  ByTime wish;
  plan.group = fields.Text("group");
  plan.topic = fields.Text("topic");
  wish.timestamp_ms = fields.Int64("timestamp");
  wish.force = fields.Bool("isForce");
  wish.queue_id = fields.Int32Or("queueId", -1);
  wish.offset = fields.Int64Or("offset", -1);
  wish.retry_topic = fields.BoolOr("resetRetryTopic", false);
  REWIND_TRY(CheckFields(fields));
  REWIND_TRY(CheckNames(parts, plan));
  plan.own_offsets = KeepsOwnOffsets(parts, plan.group);
  int32_t read_queue_nums = parts.topics->Find(plan.topic)->read_queue_nums;
  REWIND_TRY(CheckByTime(wish, plan, read_queue_nums));
  REWIND_TRY(PlanTopic(parts, wish, plan.topic, &plan));
  // Only groups that share their queues have one.
  if (wish.retry_topic && !plan.own_offsets) {
    REWIND_TRY(PlanTopic(parts, wish, protocol::RetryTopic(plan.group), &plan));
  }
  plan.wish = wish.offset >= 0 ? "offset " + std::to_string(wish.offset)
                               : "time " + std::to_string(wish.timestamp_ms);
  return plan;
}

Result<ResetPlan> PlanResetToOffsets(const Parts& parts, const Command& command) {
  FieldReader fields(command.fields);
  ResetPlan plan;
  plan.group = fields.Text("group");
  plan.topic = fields.Text("topic");
  REWIND_TRY(CheckFields(fields));
  REWIND_TRY(CheckNames(parts, plan));
  if (command.body.size() > kMaxNamedBytes) {
    return Refused("a body of " + std::to_string(command.body.size()) + " bytes; at most " +
                   std::to_string(kMaxNamedBytes) + " are read: name fewer queues");
  }
  Result<protocol::ResetOffsetBody> named = protocol::DecodeResetOffsetBody(command.body);
  if (!named.ok()) return Refused("the body cannot be read: " + named.status().message());
  if (named->empty()) return Refused("the body names no queue; its offsetTable is empty");
  if (named->size() > kMaxNamedQueues) {
    return Refused("the body names " + std::to_string(named->size()) + " queues; at most " +
                   std::to_string(kMaxNamedQueues) + " go in one request");
  }
  plan.own_offsets = KeepsOwnOffsets(parts, plan.group);
  for (const auto& [queue, offset] : *named) {
    REWIND_TRY(CheckNamed(parts, plan, queue, offset));
    plan.moved[queue.topic][queue.queue_id] = offset;
    plan.rows[MessageQueue{queue.topic, parts.options.broker_name, queue.queue_id}] = offset;
  }
  plan.wish = "named offsets";
  return plan;
}

}  // namespace rewindmq::broker
