#pragma once
// What the parts of one push consumer share. The push consumer owns all of it and outlives them.

#include <functional>
#include <map>
#include <string>

#include "client/assigned_queues.h"
#include "client/push_consumer.h"
#include "client/routes.h"
#include "client/task_timer.h"
#include "client/worker_pool.h"
#include "common/protocol/heartbeat.h"
#include "common/remoting/client.h"

namespace rewindmq::client {

struct ConsumerContext {
  const PushConsumerOptions* options;
  std::string client_id;
  std::map<std::string, protocol::SubscriptionData> subscriptions;  // by topic
  remoting::Client* client;
  Routes* routes;
  TaskTimer* timer;
  WorkerPool* workers;
  AssignedQueues* assigned;
  AssignedQueues::SendCommit send_commit;
  // Tells the brokers about the group soon, because one of them did not know it.
  std::function<void()> announce_soon;
  // Asks for the routes again soon, because a broker is not where it was.
  std::function<void()> rebalance_soon;
};

}  // namespace rewindmq::client
