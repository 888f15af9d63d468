#include "client/group_member.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "client/heartbeat.h"
#include "client/rebalance.h"
#include "common/base/log.h"
#include "common/protocol/lists.h"
#include "common/protocol/topic_names.h"

namespace rewindmq::client {
namespace {

constexpr int32_t kReadable = 4;  // PermName
// More than any broker serves; a route that claims more is not believed.
constexpr int32_t kMaxQueuesPerBroker = 65'536;

std::vector<protocol::MessageQueue> ReadableQueues(const std::string& topic,
                                                   const protocol::TopicRouteData& route) {
  std::vector<protocol::MessageQueue> queues;
  for (const protocol::QueueData& data : route.queue_datas) {
    if ((data.perm & kReadable) == 0) continue;
    for (int32_t id = 0; id < std::min(data.read_queue_nums, kMaxQueuesPerBroker); ++id) {
      queues.push_back({topic, data.broker_name, id});
    }
  }
  return queues;
}

}  // namespace

GroupMember::GroupMember(const ConsumerContext* context, AdminApi* admin, QueueReader* reader)
    : context_(context), admin_(admin), reader_(reader) {}

void GroupMember::Announce() {
  protocol::ConsumerData consumer;
  consumer.group_name = context_->options->group;
  consumer.consume_from_where = context_->options->from_where;
  for (const auto& [topic, subscription] : context_->subscriptions) {
    consumer.subscriptions.push_back(subscription);
  }
  protocol::HeartbeatData heartbeat;
  heartbeat.client_id = context_->client_id;
  heartbeat.consumers = {std::move(consumer)};
  announced_ = context_->routes->Brokers();
  Status sent = SendHeartbeats(context_->client, announced_, heartbeat,
                               context_->options->request_timeout_ms);
  if (!sent.ok()) spdlog::debug("consumer heartbeat: {}", sent.ToString());
}

bool GroupMember::Rebalance() {
  bool complete = true;
  std::vector<std::pair<std::string, Route>> routes;
  for (const auto& [topic, subscription] : context_->subscriptions) {
    Result<Route> route = context_->routes->RefreshSync(topic);
    if (route.ok()) {
      routes.emplace_back(topic, *route);
    } else if (!topic.starts_with(protocol::kRetryPrefix)) {
      // The retry topic comes into being with the first heartbeat; nothing depends on it yet.
      spdlog::debug("route of {}: {}", topic, route.status().ToString());
      complete = false;
    }
  }
  // A broker refuses pulls of a group that it has not heard of.
  std::set<std::string> brokers = context_->routes->Brokers();
  if (!std::includes(announced_.begin(), announced_.end(), brokers.begin(), brokers.end())) {
    Announce();
  }
  for (const auto& [topic, route] : routes) {
    if (!RebalanceTopic(topic, *route)) complete = false;
  }
  return complete;
}

bool GroupMember::RebalanceTopic(const std::string& topic, const protocol::TopicRouteData& route) {
  auto members = Members(route);
  if (!members.ok()) {
    spdlog::debug("members of {}: {}", context_->options->group, members.status().ToString());
    return false;
  }
  if (std::find(members->begin(), members->end(), context_->client_id) == members->end()) {
    // The broker was restarted and has forgotten us. Our queues stay ours until it knows better.
    Announce();
    return false;
  }
  auto mine =
      AllocateAveragely(ReadableQueues(topic, route), std::move(*members), context_->client_id);
  context_->assigned->Retain(topic, {mine.begin(), mine.end()}, context_->send_commit);
  bool complete = true;
  for (const protocol::MessageQueue& queue : mine) {
    if (context_->assigned->Has(queue)) continue;
    Result<int64_t> offset = StartOffset(queue);
    if (!offset.ok()) {
      spdlog::debug("start of {} {}: {}", topic, queue.queue_id, offset.status().ToString());
      complete = false;
      continue;
    }
    auto added = context_->assigned->Add(queue, *offset);
    if (added != nullptr) reader_->Read(added);
  }
  return complete;
}

// Every broker of the topic has the same members, since each heartbeat goes to all of them; the
// first that answers will do.
Result<std::vector<std::string>> GroupMember::Members(const protocol::TopicRouteData& route) {
  Status last(ErrorCode::kUnavailable, "the topic's route names no broker");
  for (const protocol::BrokerData& broker : route.broker_datas) {
    std::string address = context_->routes->BrokerAddress(broker.broker_name, protocol::kMasterId);
    if (address.empty()) continue;
    auto request = protocol::MakeRequest(protocol::kGetConsumerListByGroup)
                       .With("consumerGroup", context_->options->group);
    auto reply = context_->client->InvokeSync(address, std::move(request),
                                              context_->options->request_timeout_ms);
    if (reply.ok() && reply->command.code == protocol::kSuccess) {
      return protocol::DecodeConsumerIdList(reply->command.body);
    }
    last = reply.ok() ? Status::Rejected(reply->command.code, std::string(reply->command.remark))
                      : reply.status();
  }
  return last;
}

// RebalancePushImpl.computePullFromWhere.
Result<int64_t> GroupMember::StartOffset(const protocol::MessageQueue& queue) {
  std::string address = context_->routes->BrokerAddress(queue.broker_name, protocol::kMasterId);
  auto stored = admin_->QueryOffset(address, context_->options->group, queue.topic, queue.queue_id);
  if (stored.ok() || stored.status().code() != ErrorCode::kNotFound) return stored;
  bool from_first =
      context_->options->from_where == protocol::ConsumeFromWhere::kFirstOffset ||
      queue.topic.starts_with(protocol::kRetryPrefix);  // nothing sent back may be missed
  Result<int64_t> offset = from_first ? admin_->MinOffset(address, queue.topic, queue.queue_id)
                                      : admin_->MaxOffset(address, queue.topic, queue.queue_id);
  if (!offset.ok()) return offset;
  return std::max<int64_t>(*offset, 0);  // -1 is the first offset of an empty queue in 4.2.0
}

}  // namespace rewindmq::client
