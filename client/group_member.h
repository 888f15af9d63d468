#pragma once
// Takes this client's share of the group's queues (RebalanceImpl): asks for the routes and for the
// members of the group, gives back what is no longer its own, and begins to read what is new.
// Thread safety: Rebalance from one thread at a time.

#include <set>
#include <string>

#include "client/admin_api.h"
#include "client/consumer_context.h"
#include "client/queue_reader.h"

namespace rewindmq::client {

class GroupMember {
 public:
  // All outlive this.
  GroupMember(const ConsumerContext* context, AdminApi* admin, QueueReader* reader);

  // Blocks for the answers. False when something is missing (a route, the list of members, a
  // starting offset), so that the caller comes back soon.
  bool Rebalance();
  // HEART_BEAT to every known broker.
  void Announce();

 private:
  bool RebalanceTopic(const std::string& topic, const protocol::TopicRouteData& route);
  Result<std::vector<std::string>> Members(const protocol::TopicRouteData& route);
  Result<int64_t> StartOffset(const protocol::MessageQueue& queue);

  const ConsumerContext* context_;
  AdminApi* admin_;
  QueueReader* reader_;
  std::set<std::string> announced_;  // brokers that had a heartbeat
};

}  // namespace rewindmq::client
