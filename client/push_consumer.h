#pragma once
// Reads topics as one member of a group (DefaultMQPushConsumer, clustering): announces itself,
// shares the queues with the other members, pulls its own with long polling, hands every batch to
// the callback, commits positions, and follows resets of the group, both those that a broker sends
// (220) and those that it answers pulls with (21).
// Every message is handed over at least once; again after a crash, a reset or a rebalance.
// Thread safety: all methods from any thread, but Shutdown and CommitNow not from the callback.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/message.h"
#include "common/base/status.h"
#include "common/protocol/heartbeat.h"

namespace rewindmq::client {

struct PushConsumerOptions {
  std::string group;
  std::vector<std::string> name_servers;                           // host:port each
  std::vector<std::pair<std::string, std::string>> subscriptions;  // topic, "*" or "TagA || TagB"
  // Where a group begins that never committed; kFirstOffset or kLastOffset.
  protocol::ConsumeFromWhere from_where = protocol::ConsumeFromWhere::kLastOffset;
  size_t callback_threads = 4;
  size_t batch_size = 32;  // messages for one call of the callback
  int32_t commit_interval_ms = 5000;
  int32_t request_timeout_ms = 3000;
  size_t io_threads = 1;
};

enum class ConsumeOutcome {
  kDone,
  kLater,  // the broker shall deliver these again after a while
};

class PushConsumer {
 public:
  // Runs on several threads at once and must not throw. All messages are of one queue, in order.
  using Callback = std::function<ConsumeOutcome(const std::vector<ReceivedMessage>&)>;

  // Fails when no nameserver answers or an option is of no use. A topic that does not exist yet is
  // waited for.
  static Result<std::unique_ptr<PushConsumer>> Start(PushConsumerOptions options,
                                                     Callback callback);
  // Shuts down.
  ~PushConsumer();

  // Commits what is finished and waits for the brokers' answers.
  Status CommitNow();
  std::vector<protocol::MessageQueue> AssignedQueueNames() const;
  const std::string& client_id() const;
  // Waits for running callbacks, commits, and leaves the group, so that the others take over at
  // once.
  void Shutdown();

 private:
  class Core;

  explicit PushConsumer(std::unique_ptr<Core> core);

  std::unique_ptr<Core> core_;
};

}  // namespace rewindmq::client
