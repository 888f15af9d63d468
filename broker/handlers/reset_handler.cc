#include "broker/handlers/reset_handler.h"

#include <chrono>
#include <set>

#include "common/base/log.h"
#include "common/remoting/connection.h"

namespace rewindmq::broker {

using protocol::Command;
using protocol::MakeResponse;
using remoting::Responder;

namespace {

int64_t SteadyUs() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

size_t CountQueues(const TopicOffsets& offsets) {
  size_t queues = 0;
  for (const auto& [topic, targets] : offsets) queues += targets.size();
  return queues;
}

}  // namespace

void ResetHandler::AddTo(remoting::Dispatcher* dispatcher) {
  auto add = [&](int32_t code, Planner planner) {
    dispatcher->Add(code, [this, planner](const Command& command, const Responder& responder) {
      Handle(planner, command, responder);
    });
  };
  add(protocol::kInvokeBrokerToResetOffset, PlanResetByTime);
  add(protocol::kResetToOffsets, PlanResetToOffsets);
}

ResetOrder ResetHandler::OrderOf(const ResetPlan& plan, const std::optional<ConsumerGroup>& group,
                                 int64_t now_ms) {
  ResetOrder order{plan.group, plan.moved};
  if (!plan.own_offsets || !group) return order;
  std::set<std::string> ids;
  for (const auto& [connection, client] : group->clients) ids.insert(client.client_id);
  order.members.assign(ids.begin(), ids.end());
  order.members_until_ms = now_ms + kMembersWaitMs;
  return order;
}

void ResetHandler::Handle(Planner planner, const Command& command, const Responder& responder) {
  int64_t begin_us = SteadyUs();
  Result<ResetPlan> plan = planner(*parts_, command);
  if (!plan.ok()) {
    responder.Fail(plan.status().response_code(), plan.status().message());
    return;
  }
  auto group = parts_->consumers.Find(plan->group);
  if (plan->own_offsets && !group) {
    responder.Fail(protocol::kSystemError, "the members of broadcasting group " + plan->group +
                                               " have just gone; nothing was reset");
    return;
  }
  ResetGuide::Told told;
  int64_t sync_us = 0;
  if (!plan->moved.empty()) {
    ResetOrder order = OrderOf(*plan, group, parts_->clock->WallMs());
    told = guide_->Prepare(order, group);
    int64_t write_us = SteadyUs();
    Status assigned = parts_->offsets->AssignReset(order);
    sync_us = SteadyUs() - write_us;
    if (!assigned.ok()) {
      responder.Fail(protocol::kSystemError, assigned.message());
      return;
    }
  }
  auto response = MakeResponse(protocol::kSuccess, told.text);
  response.body = protocol::EncodeResetOffsetBody(plan->rows);
  int64_t compute_us = SteadyUs() - begin_us - sync_us;
  responder.Send(std::move(response));
  spdlog::info(
      "reset of group {} on topic {} to {} by {}: {} of {} queues move; {}; compute_us={} "
      "sync_us={}",
      plan->group, plan->topic, plan->wish, responder.connection()->remote_address(),
      CountQueues(plan->moved), plan->rows.size(), told.text, compute_us, sync_us);
  guide_->Send(plan->group, told.notices);
  for (const auto& [topic, targets] : plan->moved) hold_->WakeGroup(plan->group, topic);
}

}  // namespace rewindmq::broker
