#include "reset/route_check.h"

#include <algorithm>
#include <utility>

namespace rewindmq::reset {
namespace {

Objection RouteChanged(std::string message) {
  return {std::string(reason::kRouteChanged), std::move(message) + "; plan again"};
}

int32_t CountRows(const Request& request, const Table& table, const std::string& broker_name) {
  int32_t count = 0;
  for (const QueueRow* row : table.QueuesOf(broker_name)) {
    const bool own = row->topic.empty() || row->topic == request.topic;
    count += own && row->reason != reason::kQueueNotFound ? 1 : 0;
  }
  return count;
}

int32_t CountWanted(const Request& request, const protocol::QueueData& queues) {
  int32_t count = 0;
  for (int32_t id = 0; id < queues.read_queue_nums; ++id) {
    const bool named = !request.target.ByOffsets() ||
                       request.target.offsets.contains({request.topic, queues.broker_name, id});
    count += named && request.scope.Covers(queues.broker_name, id) ? 1 : 0;
  }
  return count;
}

std::string MasterOf(const protocol::TopicRouteData& route, const std::string& broker_name) {
  for (const protocol::BrokerData& broker : route.broker_datas) {
    if (broker.broker_name == broker_name) return broker.MasterAddress();
  }
  return {};
}

Objection CheckBroker(const Request& request, const Table& table,
                      const protocol::TopicRouteData& route, const BrokerRow& broker) {
  auto queues = std::find_if(route.queue_datas.begin(), route.queue_datas.end(),
                             [&](const auto& data) { return data.broker_name == broker.name; });
  if (queues == route.queue_datas.end()) {
    return RouteChanged("broker " + broker.name + " has left the topic's route");
  }
  const std::string master = MasterOf(route, broker.name);
  if (master != broker.address) {
    return RouteChanged("the master of broker " + broker.name + " was " + broker.address +
                        " and is " + (master.empty() ? "nobody" : master) + " now");
  }
  const int32_t planned = CountRows(request, table, broker.name);
  const int32_t found = CountWanted(request, *queues);
  if (planned == found) return {};
  return RouteChanged("broker " + broker.name + " had " + std::to_string(planned) +
                      " queues of this plan and has " + std::to_string(found) + " now");
}

bool Waits(const BrokerRow& broker) { return broker.state == BrokerState::kPending; }

}  // namespace

Result<Objection> CheckRoute(client::AdminApi* admin, const Request& request, const Table& table) {
  auto route = admin->Route(request.topic);
  if (route.status().code() == ErrorCode::kNotFound) {
    return Objection{std::string(reason::kTopicNotFound),
                     "topic " + request.topic +
                         " has been deleted since it was planned: " + route.status().message()};
  }
  if (!route.ok()) return route.status();
  for (const BrokerRow& broker : table.brokers) {
    if (!Waits(broker)) continue;
    Objection found = CheckBroker(request, table, *route, broker);
    if (!found.empty()) return found;
  }
  for (const protocol::QueueData& queues : route->queue_datas) {
    if (!request.ConcernsBroker(queues.broker_name)) continue;
    const bool known =
        std::any_of(table.brokers.begin(), table.brokers.end(),
                    [&](const auto& broker) { return broker.name == queues.broker_name; });
    if (known) continue;
    return RouteChanged("broker " + queues.broker_name + " has come to the topic's route");
  }
  return Objection{};
}

Result<Objection> CheckOffsets(client::AdminApi* admin, const Request& request,
                               const Table& table) {
  if (request.replay.has_value()) return Objection{};
  for (const BrokerRow& broker : table.brokers) {
    if (!Waits(broker)) continue;
    for (const QueueRow* row : table.QueuesOf(broker.name)) {
      if (row->state != QueueState::kPlanned || !row->before_offset.has_value()) continue;
      Result<int64_t> now =
          admin->QueryOffset(broker.address, request.group,
                             row->topic.empty() ? request.topic : row->topic, row->queue_id);
      if (!now.ok() && now.status().code() != ErrorCode::kNotFound) return now.status();
      // A group may have been online in between and gone again: ahead is always explained.
      if (now.ok() && *now >= *row->before_offset) continue;
      return Objection{std::string(reason::kConcurrentReset),
                       "broker " + broker.name + " queue " + std::to_string(row->queue_id) +
                           " was planned at " + std::to_string(*row->before_offset) + " and is " +
                           (now.ok() ? "at " + std::to_string(*now) : "without an offset") +
                           " now: somebody else has reset this group; plan again"};
    }
  }
  return Objection{};
}

}  // namespace rewindmq::reset
