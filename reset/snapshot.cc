#include "reset/snapshot.h"

#include <algorithm>
#include <utility>

#include "common/protocol/codes.h"
#include "common/protocol/topic_names.h"

namespace rewindmq::reset {
namespace {

using protocol::MessageQueue;

Result<int64_t> FindTarget(client::AdminApi* admin, const Request& request,
                           const std::string& address, const QueueSnapshot& queue) {
  switch (request.target.kind) {
    case TargetKind::kEarliest:
      return queue.min_offset;
    case TargetKind::kLatest:
      return queue.max_offset;
    default:
      return admin->SearchOffset(address, request.topic, queue.queue_id, request.target.time_ms);
  }
}

Status ReadQueue(client::AdminApi* admin, const Request& request, const BrokerSnapshot& broker,
                 const protocol::TopicStatsTable& stats, QueueSnapshot* queue) {
  auto known = stats.offset_table.find(MessageQueue{request.topic, broker.name, queue->queue_id});
  if (known != stats.offset_table.end()) {
    queue->min_offset = known->second.min_offset;
    queue->max_offset = known->second.max_offset;
  } else {
    // The broker's table has its write queues only.
    REWIND_TRY_ASSIGN(queue->min_offset,
                      admin->MinOffset(broker.address, request.topic, queue->queue_id));
    REWIND_TRY_ASSIGN(queue->max_offset,
                      admin->MaxOffset(broker.address, request.topic, queue->queue_id));
  }
  REWIND_TRY_ASSIGN(queue->target, FindTarget(admin, request, broker.address, *queue));
  Result<int64_t> committed =
      admin->QueryOffset(broker.address, request.group, request.topic, queue->queue_id);
  if (committed.ok()) {
    queue->committed = *committed;
  } else if (committed.status().code() != ErrorCode::kNotFound) {
    return committed.status();
  }
  return Status::Ok();
}

Status ReadBroker(client::AdminApi* admin, const Request& request, int32_t write_queue_nums,
                  BrokerSnapshot* broker) {
  if (broker->address.empty()) {
    return {ErrorCode::kUnavailable,
            "the route names no master for this broker; a reset needs the master"};
  }
  REWIND_TRY_ASSIGN(broker->clients_online, CountClients(admin, broker->address, request.group));
  REWIND_TRY_ASSIGN(protocol::TopicStatsTable stats,
                    admin->TopicStats(broker->address, request.topic));
  for (int32_t id = 0; id < broker->queue_nums; ++id) {
    if (!request.scope.Covers(broker->name, id)) continue;
    QueueSnapshot queue;
    queue.queue_id = id;
    queue.writable = id < write_queue_nums;
    REWIND_TRY(ReadQueue(admin, request, *broker, stats, &queue));
    broker->queues.push_back(queue);
  }
  return Status::Ok();
}

std::string MasterOf(const protocol::TopicRouteData& route, const std::string& broker_name) {
  for (const protocol::BrokerData& broker : route.broker_datas) {
    if (broker.broker_name == broker_name) return broker.MasterAddress();
  }
  return {};
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

bool IsSilence(const Status& status) {
  return status.code() == ErrorCode::kUnavailable || status.code() == ErrorCode::kTimeout ||
         status.code() == ErrorCode::kIo;
}

Result<std::optional<int32_t>> CountClients(client::AdminApi* admin, const std::string& address,
                                            const std::string& group) {
  auto connections = admin->ConsumerConnections(address, group);
  if (connections.ok()) {
    return std::optional<int32_t>(static_cast<int32_t>(connections->connections.size()));
  }
  if (connections.status().response_code() == protocol::kConsumerNotOnline) {
    return std::optional<int32_t>(0);
  }
  if (IsSilence(connections.status())) return connections.status();
  return std::optional<int32_t>();
}

Result<Snapshot> ReadSnapshot(client::AdminApi* admin, const Request& request) {
  if (request.target.kind == TargetKind::kOffsets ||
      request.target.kind == TargetKind::kRestoreFrom) {
    return Status(ErrorCode::kUnsupported, "exact offsets as a target are not served yet");
  }
  REWIND_TRY_ASSIGN(protocol::TopicRouteData route, admin->Route(request.topic));
  Snapshot snapshot;
  for (const protocol::QueueData& queues : route.queue_datas) {
    if (!request.scope.CoversBroker(queues.broker_name)) continue;
    BrokerSnapshot broker;
    broker.name = queues.broker_name;
    broker.address = MasterOf(route, queues.broker_name);
    // A queue above the readable ones can have no reader, so no offset to move.
    broker.queue_nums = queues.read_queue_nums;
    if (broker.queue_nums > kMaxQueuesPerBroker) {
      return Status(ErrorCode::kCorruption,
                    "the route gives broker " + broker.name + " " +
                        std::to_string(broker.queue_nums) + " queues of one topic, more than the " +
                        std::to_string(kMaxQueuesPerBroker) + " that are believed");
    }
    broker.error = ReadBroker(admin, request, queues.write_queue_nums, &broker);
    if (!broker.error.ok()) broker.queues.clear();
    snapshot.brokers.push_back(std::move(broker));
  }
  std::sort(snapshot.brokers.begin(), snapshot.brokers.end(),
            [](const BrokerSnapshot& a, const BrokerSnapshot& b) { return a.name < b.name; });
  if (NothingCommitted(snapshot)) {
    // A broker makes this topic at the group's first heartbeat.
    auto retry = admin->Route(protocol::RetryTopic(request.group));
    snapshot.group_known = retry.status().code() != ErrorCode::kNotFound;
  }
  return snapshot;
}

}  // namespace rewindmq::reset
