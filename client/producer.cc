#include "client/producer.h"

#include <condition_variable>
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include "client/client_id.h"
#include "client/heartbeat.h"
#include "client/publish_queues.h"
#include "client/routes.h"
#include "client/send_request.h"
#include "client/task_timer.h"
#include "common/base/log.h"
#include "common/protocol/topic_names.h"
#include "common/remoting/client.h"

namespace rewindmq::client {
namespace {

constexpr int64_t kRefreshIntervalMs = 30'000;
constexpr int32_t kHeartbeatTimeoutMs = 3000;
constexpr int32_t kAnyQueueCount = INT32_MAX;

}  // namespace

class Producer::Core {
 public:
  explicit Core(ProducerOptions options)
      : options_(std::move(options)),
        client_id_(MakeClientId()),
        unique_ids_(&SystemClock()),
        io_(options_.io_threads),
        client_(&io_, nullptr),
        routes_(&client_, options_.name_servers, options_.send_timeout_ms) {
    timer_.After(kRefreshIntervalMs,
                 [this] { timer_.Every(kRefreshIntervalMs, [this] { KeepInformed(); }); });
  }

  void SendAsync(Message message, Callback callback);
  void Stop();

 private:
  using Queues = std::shared_ptr<PublishQueues>;

  // One message on its way, over all its tries.
  struct Sending {
    Message message;
    std::string unique_id;
    std::string properties;
    Callback callback;
    int64_t born_timestamp_ms;
    int64_t deadline_ms;  // steady
    int32_t tries = 0;
    std::string failed_broker;
  };

  void Complete(const std::shared_ptr<Sending>& sending, Result<SendResult> result);
  void WithQueues(const std::string& topic, std::function<void(Result<Queues>)> use);
  void FindDefaultRoute(const std::string& topic, const Status& why,
                        std::function<void(Result<Queues>)> use);
  Result<Queues> Remember(const std::string& topic, const Route& route, int32_t max_queues);
  void Try(const std::shared_ptr<Sending>& sending, const Queues& queues);
  void OnAnswer(const std::shared_ptr<Sending>& sending, const Queues& queues,
                const PublishQueue& target, Result<remoting::Reply> reply);
  void KeepInformed();
  void Announce(const std::set<std::string>& brokers);

  const ProducerOptions options_;
  const std::string client_id_;
  UniqueIds unique_ids_;
  remoting::IoThreads io_;
  remoting::Client client_;
  Routes routes_;
  std::mutex mutex_;
  std::map<std::string, Queues> queues_by_topic_;  // guarded by mutex_
  uint64_t first_queue_ = 0;                       // guarded by mutex_
  bool announced_ = false;                         // guarded by mutex_
  bool stopped_ = false;                           // guarded by mutex_
  size_t under_way_ = 0;                           // guarded by mutex_
  std::condition_variable none_under_way_;
  TaskTimer timer_;  // last: its thread uses all of the above
};

void Producer::Core::SendAsync(Message message, Callback callback) {
  Status checked = CheckMessage(message, options_.max_body_bytes);
  if (!checked.ok()) {
    callback(checked);
    return;
  }
  auto sending = std::make_shared<Sending>();
  sending->unique_id = unique_ids_.Next();
  sending->properties = MessageProperties(message, sending->unique_id);
  sending->message = std::move(message);
  sending->callback = std::move(callback);
  sending->born_timestamp_ms = SystemClock().WallMs();
  sending->deadline_ms = SystemClock().SteadyMs() + options_.send_timeout_ms;
  {
    std::lock_guard lock(mutex_);
    ++under_way_;
  }
  WithQueues(sending->message.topic, [this, sending](Result<Queues> queues) {
    if (!queues.ok()) {
      Complete(sending, queues.status());
    } else {
      Try(sending, *queues);
    }
  });
}

void Producer::Core::WithQueues(const std::string& topic, std::function<void(Result<Queues>)> use) {
  Queues known;
  {
    std::lock_guard lock(mutex_);
    auto it = queues_by_topic_.find(topic);
    if (it != queues_by_topic_.end()) known = it->second;
  }
  if (known != nullptr) {
    use(known);
    return;
  }
  routes_.Refresh(topic, [this, topic, use = std::move(use)](Result<Route> route) mutable {
    if (route.ok()) {
      use(Remember(topic, *route, kAnyQueueCount));
    } else if (route.status().response_code() == protocol::kTopicNotExist) {
      FindDefaultRoute(topic, route.status(), std::move(use));
    } else {
      use(route.status());
    }
  });
}

void Producer::Core::FindDefaultRoute(const std::string& topic, const Status& why,
                                      std::function<void(Result<Queues>)> use) {
  routes_.Refresh(std::string(protocol::kDefaultTopic),
                  [this, topic, why, use = std::move(use)](Result<Route> route) {
                    if (route.ok()) {
                      use(Remember(topic, *route, options_.new_topic_queues));
                    } else {
                      // The user asked for the topic, not for TBW102.
                      use(why);
                    }
                  });
}

Result<Producer::Core::Queues> Producer::Core::Remember(const std::string& topic,
                                                        const Route& route, int32_t max_queues) {
  auto list = WritableQueues(topic, *route, max_queues);
  if (list.empty()) {
    return Status(ErrorCode::kUnavailable,
                  "topic " + topic + " has no writable queue at a broker with a master");
  }
  std::lock_guard lock(mutex_);
  Queues& queues = queues_by_topic_[topic];
  queues = std::make_shared<PublishQueues>(std::move(list), first_queue_++);
  if (!announced_) {
    announced_ = true;
    timer_.After(0, [this] { Announce(routes_.Masters()); });
  }
  return queues;
}

void Producer::Core::Try(const std::shared_ptr<Sending>& sending, const Queues& queues) {
  const PublishQueue& target = queues->Next(sending->failed_broker);
  int64_t left_ms = sending->deadline_ms - SystemClock().SteadyMs();
  if (left_ms <= 0) {
    Complete(sending, Status(ErrorCode::kTimeout,
                             "sending to " + sending->message.topic + " took longer than " +
                                 std::to_string(options_.send_timeout_ms) + " ms"));
    return;
  }
  ++sending->tries;
  auto request = MakeSendRequest(sending->message, sending->properties,
                                 {options_.group, options_.new_topic_queues}, target,
                                 sending->born_timestamp_ms);
  client_.Invoke(target.address, std::move(request), static_cast<int32_t>(left_ms),
                 [this, sending, queues, &target](Result<remoting::Reply> reply) {
                   OnAnswer(sending, queues, target, std::move(reply));
                 });
}

void Producer::Core::OnAnswer(const std::shared_ptr<Sending>& sending, const Queues& queues,
                              const PublishQueue& target, Result<remoting::Reply> reply) {
  Result<SendResult> result = reply.ok()
                                  ? ReadSendAnswer(reply->command, target, sending->unique_id)
                                  : Result<SendResult>(reply.status());
  if (result.ok()) {
    Complete(sending, std::move(result));
    return;
  }
  bool stopped;
  {
    std::lock_guard lock(mutex_);
    stopped = stopped_;
    // The next message asks for the route again, in case the broker has moved.
    auto it = queues_by_topic_.find(sending->message.topic);
    if (it != queues_by_topic_.end() && it->second == queues) queues_by_topic_.erase(it);
  }
  if (!stopped && sending->tries <= options_.retries && WorthAnotherTry(result.status())) {
    sending->failed_broker = target.queue.broker_name;
    Try(sending, queues);
    return;
  }
  Complete(sending, result.status().WithContext("broker " + target.address));
}

void Producer::Core::Complete(const std::shared_ptr<Sending>& sending, Result<SendResult> result) {
  sending->callback(std::move(result));
  std::lock_guard lock(mutex_);
  if (--under_way_ == 0) none_under_way_.notify_all();
}

void Producer::Core::KeepInformed() {
  std::vector<std::string> topics;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [topic, queues] : queues_by_topic_) topics.push_back(topic);
  }
  for (const std::string& topic : topics) {
    Result<Route> route = routes_.RefreshSync(topic);
    // A topic that no broker has created yet keeps the queues of TBW102.
    if (route.ok()) static_cast<void>(Remember(topic, *route, kAnyQueueCount));
  }
  Announce(routes_.Masters());
}

void Producer::Core::Announce(const std::set<std::string>& brokers) {
  protocol::HeartbeatData heartbeat;
  heartbeat.client_id = client_id_;
  heartbeat.producer_groups = {options_.group};
  Status sent = SendHeartbeats(&client_, brokers, heartbeat, kHeartbeatTimeoutMs);
  if (!sent.ok()) spdlog::debug("producer heartbeat: {}", sent.ToString());
}

void Producer::Core::Stop() {
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return;
    stopped_ = true;
  }
  timer_.Stop();
  Unregister(&client_, routes_.Masters(), client_id_, options_.group, {}, kHeartbeatTimeoutMs);
  client_.Stop();
  // Every message under way is bounded by its own deadline, so this ends.
  std::unique_lock lock(mutex_);
  none_under_way_.wait(lock, [this] { return under_way_ == 0; });
  lock.unlock();
  io_.Stop();
}

Producer::Producer(std::unique_ptr<Core> core) : core_(std::move(core)) {}

Producer::~Producer() { Shutdown(); }

Result<std::unique_ptr<Producer>> Producer::Start(ProducerOptions options) {
  REWIND_TRY(protocol::ValidateGroupName(options.group));
  if (options.name_servers.empty()) {
    return Status(ErrorCode::kInvalidArgument, "a producer needs the address of a nameserver");
  }
  return std::unique_ptr<Producer>(new Producer(std::make_unique<Core>(std::move(options))));
}

Result<SendResult> Producer::Send(Message message) {
  auto promise = std::make_shared<std::promise<Result<SendResult>>>();
  std::future<Result<SendResult>> future = promise->get_future();
  SendAsync(std::move(message),
            [promise](Result<SendResult> result) { promise->set_value(std::move(result)); });
  return future.get();
}

void Producer::SendAsync(Message message, Callback callback) {
  core_->SendAsync(std::move(message), std::move(callback));
}

void Producer::Shutdown() { core_->Stop(); }

}  // namespace rewindmq::client
