#pragma once
// Sends messages (DefaultMQProducer): looks up the topic's route, for an unknown topic that of
// TBW102 so that the broker may create it; takes the topic's queues in turn; sends with
// SEND_MESSAGE_V2; tries another queue when a broker fails; keeps routes and brokers informed each
// 30 s. Bodies are sent as they are, never compressed.
// Errors: kInvalidArgument for a message that no broker would take; kRejected with the broker's
// code and remark; kTimeout means that the message may be stored all the same.
// Thread safety: Send and SendAsync may be called from any thread, Send not from a callback.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "client/message.h"
#include "common/base/status.h"

namespace rewindmq::client {

struct ProducerOptions {
  std::string group = "DEFAULT_PRODUCER";
  std::vector<std::string> name_servers = {};  // host:port each
  int32_t send_timeout_ms = 3000;              // over all tries of one message
  int32_t retries = 2;                         // on other queues, after the first try
  int32_t new_topic_queues = 4;                // of a topic that the first message creates
  size_t max_body_bytes = 4U << 20;
  size_t io_threads = 1;
};

class Producer {
 public:
  // Runs exactly once: on an io thread, or at once when the message is refused.
  using Callback = std::function<void(Result<SendResult>)>;

  // kInvalidArgument when the options are of no use. Nothing is sent yet.
  static Result<std::unique_ptr<Producer>> Start(ProducerOptions options);
  // Shuts down.
  ~Producer();

  Result<SendResult> Send(Message message);
  // Brokers take about 4,000 unanswered messages; the caller limits how many are under way.
  void SendAsync(Message message, Callback callback);
  // Takes leave of the brokers. Messages under way are given up with kUnavailable or kCancelled.
  void Shutdown();

 private:
  class Core;

  explicit Producer(std::unique_ptr<Core> core);

  std::unique_ptr<Core> core_;
};

}  // namespace rewindmq::client
