#include "reset/snapshot.h"

#include <algorithm>
#include <utility>

#include "common/protocol/codes.h"
#include "common/protocol/topic_names.h"

namespace rewindmq::reset {
namespace {

using protocol::MessageQueue;

Status FindTarget(client::AdminApi* admin, const Request& request, const BrokerSnapshot& broker,
                  QueueSnapshot* queue) {
  const Target& target = request.target;
  switch (target.kind) {
    case TargetKind::kEarliest:
      queue->target = queue->min_offset;
      return Status::Ok();
    case TargetKind::kLatest:
      queue->target = queue->max_offset;
      return Status::Ok();
    case TargetKind::kOffsets:
    case TargetKind::kRestoreFrom:
      queue->target = target.offsets.at({queue->topic, broker.name, queue->queue_id});
      return Status::Ok();
    case TargetKind::kTime:
      break;
  }
  REWIND_TRY_ASSIGN(queue->target, admin->SearchOffset(broker.address, queue->topic,
                                                       queue->queue_id, target.time_ms));
  if (!request.replay.has_value()) return Status::Ok();
  REWIND_TRY_ASSIGN(
      queue->replay_end,
      admin->SearchOffset(broker.address, queue->topic, queue->queue_id, request.replay->until_ms));
  return Status::Ok();
}

Status ReadQueue(client::AdminApi* admin, const Request& request, const BrokerSnapshot& broker,
                 const protocol::TopicStatsTable& stats, QueueSnapshot* queue) {
  auto known = stats.offset_table.find(MessageQueue{queue->topic, broker.name, queue->queue_id});
  if (known != stats.offset_table.end()) {
    queue->min_offset = known->second.min_offset;
    queue->max_offset = known->second.max_offset;
  } else {
    // The broker's table has its write queues only.
    REWIND_TRY_ASSIGN(queue->min_offset,
                      admin->MinOffset(broker.address, queue->topic, queue->queue_id));
    REWIND_TRY_ASSIGN(queue->max_offset,
                      admin->MaxOffset(broker.address, queue->topic, queue->queue_id));
  }
  REWIND_TRY(FindTarget(admin, request, broker, queue));
  Result<int64_t> committed =
      admin->QueryOffset(broker.address, request.group, queue->topic, queue->queue_id);
  if (committed.ok()) {
    queue->committed = *committed;
  } else if (committed.status().code() != ErrorCode::kNotFound) {
    return committed.status();
  }
  return Status::Ok();
}

bool Wanted(const Request& request, const QueueName& name) {
  if (request.target.ByOffsets() && !request.target.offsets.contains(name)) return false;
  // Queue ids of a scope are those of the topic itself.
  return name.topic != request.topic || request.scope.Covers(name.broker_name, name.queue_id);
}

Status ReadQueues(client::AdminApi* admin, const Request& request, const std::string& topic,
                  const protocol::QueueData& queues, BrokerSnapshot* broker) {
  REWIND_TRY_ASSIGN(protocol::TopicStatsTable stats, admin->TopicStats(broker->address, topic));
  for (int32_t id = 0; id < queues.read_queue_nums; ++id) {
    if (!Wanted(request, {topic, broker->name, id})) continue;
    QueueSnapshot queue;
    queue.topic = topic;
    queue.queue_id = id;
    queue.writable = id < queues.write_queue_nums;
    REWIND_TRY(ReadQueue(admin, request, *broker, stats, &queue));
    broker->queues.push_back(std::move(queue));
  }
  return Status::Ok();
}

const protocol::QueueData* QueuesAt(const protocol::TopicRouteData& route,
                                    const std::string& broker_name) {
  for (const protocol::QueueData& queues : route.queue_datas) {
    if (queues.broker_name == broker_name) return &queues;
  }
  return nullptr;
}

Status ReadBroker(client::AdminApi* admin, const Request& request,
                  const protocol::QueueData& queues, const protocol::TopicRouteData& retry,
                  BrokerSnapshot* broker) {
  if (broker->address.empty()) {
    return {ErrorCode::kUnavailable,
            "the route names no master for this broker; a reset needs the master"};
  }
  REWIND_TRY_ASSIGN(broker->members, ReadMembers(admin, broker->address, request.group));
  REWIND_TRY_ASSIGN(broker->kind, ReadKind(admin, broker->address));
  REWIND_TRY(ReadQueues(admin, request, request.topic, queues, broker));
  const protocol::QueueData* more = QueuesAt(retry, broker->name);
  if (more == nullptr) return Status::Ok();
  return ReadQueues(admin, request, protocol::RetryTopic(request.group), *more, broker);
}

Status CheckQueueCount(const protocol::TopicRouteData& route) {
  for (const protocol::QueueData& queues : route.queue_datas) {
    if (queues.read_queue_nums <= kMaxQueuesPerBroker) continue;
    return {ErrorCode::kCorruption, "the route gives broker " + queues.broker_name + " " +
                                        std::to_string(queues.read_queue_nums) +
                                        " queues of one topic, more than the " +
                                        std::to_string(kMaxQueuesPerBroker) + " that are believed"};
  }
  return Status::Ok();
}

std::string MasterOf(const protocol::TopicRouteData& route, const std::string& broker_name) {
  for (const protocol::BrokerData& broker : route.broker_datas) {
    if (broker.broker_name == broker_name) return broker.MasterAddress();
  }
  return {};
}

// No route means: no member of the group has come yet, so there is nothing to move.
Result<protocol::TopicRouteData> RetryRoute(client::AdminApi* admin, const Request& request) {
  if (!request.TouchesRetryTopic()) return protocol::TopicRouteData{};
  auto route = admin->Route(protocol::RetryTopic(request.group));
  if (route.status().code() == ErrorCode::kNotFound) return protocol::TopicRouteData{};
  return route;
}

bool NothingCommitted(const Snapshot& snapshot) {
  for (const BrokerSnapshot& broker : snapshot.brokers) {
    if (!broker.error.ok()) return false;
    for (const QueueSnapshot& queue : broker.queues) {
      if (queue.committed.has_value()) return false;
    }
  }
  return true;
}

}  // namespace

bool Snapshot::Broadcasting() const {
  return std::any_of(brokers.begin(), brokers.end(),
                     [](const BrokerSnapshot& broker) { return broker.members.broadcasting; });
}

Result<Snapshot> ReadSnapshot(client::AdminApi* admin, const Request& request) {
  REWIND_TRY_ASSIGN(protocol::TopicRouteData route, admin->Route(request.topic));
  REWIND_TRY_ASSIGN(protocol::TopicRouteData retry, RetryRoute(admin, request));
  REWIND_TRY(CheckQueueCount(route));
  REWIND_TRY(CheckQueueCount(retry));
  Snapshot snapshot;
  for (const protocol::QueueData& queues : route.queue_datas) {
    if (!request.ConcernsBroker(queues.broker_name)) continue;
    BrokerSnapshot broker;
    broker.name = queues.broker_name;
    broker.address = MasterOf(route, queues.broker_name);
    // A queue above the readable ones can have no reader, so no offset to move.
    broker.queue_nums = queues.read_queue_nums;
    broker.error = ReadBroker(admin, request, queues, retry, &broker);
    if (!broker.error.ok()) broker.queues.clear();
    snapshot.brokers.push_back(std::move(broker));
  }
  std::sort(snapshot.brokers.begin(), snapshot.brokers.end(),
            [](const BrokerSnapshot& a, const BrokerSnapshot& b) { return a.name < b.name; });
  if (NothingCommitted(snapshot)) {
    // A broker makes this topic at the group's first heartbeat.
    auto known = admin->Route(protocol::RetryTopic(request.group));
    snapshot.group_known = known.status().code() != ErrorCode::kNotFound;
  }
  return snapshot;
}

}  // namespace rewindmq::reset
