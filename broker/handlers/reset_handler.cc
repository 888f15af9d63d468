#include "broker/handlers/reset_handler.h"

#include <algorithm>

#include "common/base/log.h"
#include "common/remoting/connection.h"

namespace rewindmq::broker {

using protocol::Command;
using protocol::MakeRequest;
using protocol::MakeResponse;
using protocol::MessageQueue;
using remoting::Responder;

namespace {

Result<ResetRequest> ReadResetRequest(const Command& command) {
  protocol::FieldReader fields(command.fields);
  ResetRequest request;
  request.group = fields.Text("group");
  request.topic = fields.Text("topic");
  request.timestamp_ms = fields.Int64("timestamp");
  request.force = fields.Bool("isForce");
  request.queue_id = fields.Int32Or("queueId", -1);
  request.offset = fields.Int64Or("offset", -1);
  if (!fields.status().ok()) return fields.status();
  return request;
}

}  // namespace

void ResetHandler::AddTo(remoting::Dispatcher* dispatcher) {
  dispatcher->Add(
      protocol::kInvokeBrokerToResetOffset,
      [this](const Command& command, const Responder& responder) { Handle(command, responder); });
}

void ResetHandler::Handle(const Command& command, const Responder& responder) {
  Result<ResetRequest> request = ReadResetRequest(command);
  if (!request.ok()) {
    responder.Fail(protocol::kSystemError, request.status().message());
    return;
  }
  auto topic = parts_->topics->Find(request->topic);
  if (!topic) {
    responder.Fail(protocol::kTopicNotExist, "Topic " + request->topic + " does not exist");
    return;
  }
  if (!parts_->groups->Find(request->group)) {
    responder.Fail(protocol::kSubscriptionGroupNotExist,
                   "Group " + request->group + " does not exist");
    return;
  }
  Result<Planned> planned = Plan(*request, topic->read_queue_nums);
  if (!planned.ok()) {
    responder.Fail(protocol::kSystemError, planned.status().message());
    return;
  }
  std::vector<Notice> notices;
  if (!planned->moved.empty()) {
    notices = ChooseNotices(*request);
    Status assigned = parts_->offsets->AssignReset(request->group, request->topic, planned->moved);
    if (!assigned.ok()) {
      responder.Fail(protocol::kSystemError, assigned.message());
      return;
    }
  }
  spdlog::info("reset of group {} on topic {} to time {} by {}: {} of {} queues move",
               request->group, request->topic, request->timestamp_ms,
               responder.connection()->remote_address(), planned->moved.size(),
               planned->plan.size());
  auto response = MakeResponse(protocol::kSuccess);
  response.body = protocol::EncodeResetOffsetBody(planned->plan);
  responder.Send(std::move(response));
  SendNotices(*request, planned->moved, notices);
  if (!planned->moved.empty()) hold_->WakeGroup(request->group, request->topic);
}

Result<int64_t> ResetHandler::TargetOf(const ResetRequest& request, int32_t queue_id) const {
  int64_t min = parts_->store->MinOffset(request.topic, queue_id);
  int64_t max = parts_->store->MaxOffset(request.topic, queue_id);
  if (request.offset >= 0) {
    if (request.offset >= min && request.offset <= max) return request.offset;
    return Status(ErrorCode::kInvalidArgument, "Target offset " + std::to_string(request.offset) +
                                                   " not in consume queue range [" +
                                                   std::to_string(min) + "-" + std::to_string(max) +
                                                   "]");
  }
  if (request.timestamp_ms < 0) return max;
  return parts_->store->OffsetByTime(request.topic, queue_id, request.timestamp_ms,
                                     store::Boundary::kLower);
}

Result<ResetHandler::Planned> ResetHandler::Plan(const ResetRequest& request,
                                                 int32_t read_queue_nums) const {
  if (request.queue_id >= read_queue_nums || request.queue_id < -1) {
    return Status(ErrorCode::kInvalidArgument,
                  "queueId " + std::to_string(request.queue_id) + " is not one of the " +
                      std::to_string(read_queue_nums) + " queues of topic " + request.topic);
  }
  if (request.offset >= 0 && request.queue_id < 0) {
    return Status(ErrorCode::kInvalidArgument, "an offset needs the queueId that it is meant for");
  }
  Planned planned;
  int32_t first = std::max(request.queue_id, 0);
  int32_t end = request.queue_id < 0 ? read_queue_nums : request.queue_id + 1;
  for (int32_t queue_id = first; queue_id < end; ++queue_id) {
    REWIND_TRY_ASSIGN(int64_t target, TargetOf(request, queue_id));
    auto current = parts_->offsets->Find(request.group, request.topic, queue_id);
    // Without force nobody's unread messages are skipped, and a queue that the group has never
    // consumed has nothing to go back to.
    bool stays = !request.force && (!current || target >= *current);
    if (!stays) planned.moved[queue_id] = target;
    planned.plan[MessageQueue{request.topic, parts_->options.broker_name, queue_id}] =
        stays ? current.value_or(target) : target;
  }
  return planned;
}

std::vector<ResetHandler::Notice> ResetHandler::ChooseNotices(const ResetRequest& request) {
  std::vector<Notice> notices;
  auto group = parts_->consumers.Find(request.group);
  if (!group) return notices;
  int64_t now_ms = parts_->clock->SteadyMs();
  for (const auto& [id, client] : group->clients) {
    ResetTold how = HowToTell(client, group->consume_type);
    if (how == ResetTold::kAtNextPull) continue;
    notices_->Told(request.group, request.topic, id, now_ms);
    notices.push_back({client.connection, how});
  }
  return notices;
}

void ResetHandler::SendNotices(const ResetRequest& request, const QueueOffsets& moved,
                               const std::vector<Notice>& notices) const {
  protocol::ResetOffsetBody body;
  for (const auto& [queue_id, offset] : moved) {
    body[MessageQueue{request.topic, parts_->options.broker_name, queue_id}] = offset;
  }
  for (const Notice& told : notices) {
    auto notice = MakeRequest(protocol::kResetConsumerClientOffset);
    notice.With("topic", request.topic)
        .With("group", request.group)
        .With("timestamp", request.timestamp_ms)
        .With("isForce", request.force ? "true" : "false");
    notice.body = told.how == ResetTold::kByListBody ? protocol::EncodeResetOffsetBodyForC(body)
                                                     : protocol::EncodeResetOffsetBody(body);
    told.connection->InvokeOneway(std::move(notice));
  }
}

}  // namespace rewindmq::broker
