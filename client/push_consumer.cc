#include "client/push_consumer.h"

#include <atomic>
#include <future>
#include <map>
#include <mutex>
#include <utility>

#include "client/client_id.h"
#include "client/consumer_context.h"
#include "client/group_member.h"
#include "client/heartbeat.h"
#include "client/queue_reader.h"
#include "client/remote_admin.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/protocol/offset_tables.h"
#include "common/protocol/subscription.h"
#include "common/protocol/topic_names.h"

namespace rewindmq::client {
namespace {

constexpr int64_t kRebalanceIntervalMs = 20'000;
constexpr int64_t kIncompleteRebalanceMs = 500;

protocol::Outgoing CommitRequest(const std::string& group, const protocol::MessageQueue& queue,
                                 int64_t offset) {
  return protocol::MakeRequest(protocol::kUpdateConsumerOffset)
      .With("consumerGroup", group)
      .With("topic", queue.topic)
      .With("queueId", queue.queue_id)
      .With("commitOffset", offset);
}

}  // namespace

class PushConsumer::Core {
 public:
  Core(PushConsumerOptions options, Callback callback,
       std::map<std::string, protocol::SubscriptionData> subscriptions);

  // Asks for the routes once, so that a wrong address is reported at once.
  Status CheckNameServers();
  void Begin();
  Status CommitNow();
  void Stop();
  std::vector<protocol::MessageQueue> Names() const { return assigned_.Names(); }
  const std::string& client_id() const { return context_.client_id; }

 private:
  void AddHandlers();
  void OnReset(const protocol::Command& request);
  void RebalanceSoon();
  void KeepBalanced();
  void SendCommit(const ProcessQueuePtr& queue, int64_t offset,
                  std::function<void(const Status&)> done);

  const PushConsumerOptions options_;
  remoting::Dispatcher dispatcher_;
  remoting::IoThreads io_;
  remoting::Client client_;
  Routes routes_;
  RemoteAdmin admin_;
  AssignedQueues assigned_;
  TaskTimer timer_;
  WorkerPool workers_;
  ConsumerContext context_;
  QueueReader reader_;
  GroupMember member_;  // used by the timer's thread only
  std::atomic<bool> rebalance_pending_{false};
  std::atomic<bool> stopped_{false};
};

PushConsumer::Core::Core(PushConsumerOptions options, Callback callback,
                         std::map<std::string, protocol::SubscriptionData> subscriptions)
    : options_(std::move(options)),
      io_(options_.io_threads),
      client_(&io_, &dispatcher_),
      routes_(&client_, options_.name_servers, options_.request_timeout_ms),
      admin_(&client_, options_.name_servers, options_.request_timeout_ms),
      workers_(options_.callback_threads),
      context_{&options_,
               MakeClientId(),
               std::move(subscriptions),
               &client_,
               &routes_,
               &timer_,
               &workers_,
               &assigned_,
               {},
               {},
               {}},
      reader_(&context_, std::move(callback)),
      member_(&context_, &admin_, &reader_) {
  context_.send_commit = [this](const ProcessQueuePtr& queue, int64_t offset) {
    SendCommit(queue, offset, [](const Status&) {});
  };
  context_.announce_soon = [this] { timer_.After(0, [this] { member_.Announce(); }); };
  context_.rebalance_soon = [this] { RebalanceSoon(); };
  AddHandlers();
}

void PushConsumer::Core::AddHandlers() {
  dispatcher_.Add(protocol::kNotifyConsumerIdsChanged,
                  [this](const protocol::Command&, const remoting::Responder& responder) {
                    RebalanceSoon();
                    responder.Ok();
                  });
  dispatcher_.Add(protocol::kResetConsumerClientOffset,
                  [this](const protocol::Command& request, const remoting::Responder& responder) {
                    OnReset(request);
                    responder.Ok();
                  });
}

void PushConsumer::Core::OnReset(const protocol::Command& request) {
  protocol::FieldReader fields(request.fields);
  std::string group(fields.Text("group"));
  auto offsets = protocol::DecodeResetOffsetBody(request.body);
  if (!fields.status().ok() || !offsets.ok() || group != options_.group) {
    spdlog::warn("a reset of group '{}' was ignored: {}", group,
                 offsets.ok() ? "not this consumer's group" : offsets.status().message());
    return;
  }
  for (const auto& [queue, offset] : *offsets) reader_.Move(queue, offset);
}

Status PushConsumer::Core::CheckNameServers() {
  for (const auto& [topic, expression] : options_.subscriptions) {
    auto route = routes_.RefreshSync(topic);
    if (!route.ok() && route.status().response_code() != protocol::kTopicNotExist) {
      return route.status();
    }
  }
  return Status::Ok();
}

void PushConsumer::Core::Begin() {
  timer_.Every(kHeartbeatIntervalMs, [this] { member_.Announce(); });
  timer_.After(0, [this] { KeepBalanced(); });
  timer_.After(options_.commit_interval_ms, [this] {
    timer_.Every(options_.commit_interval_ms, [this] { assigned_.Commit(context_.send_commit); });
  });
}

// Members come and go in bursts; one rebalance answers all notices that came before it.
void PushConsumer::Core::RebalanceSoon() {
  if (rebalance_pending_.exchange(true)) return;
  timer_.After(0, [this] {
    rebalance_pending_ = false;
    if (!member_.Rebalance()) timer_.After(kIncompleteRebalanceMs, [this] { RebalanceSoon(); });
  });
}

void PushConsumer::Core::KeepBalanced() {
  bool complete = member_.Rebalance();
  timer_.After(complete ? kRebalanceIntervalMs : kIncompleteRebalanceMs,
               [this] { KeepBalanced(); });
}

void PushConsumer::Core::SendCommit(const ProcessQueuePtr& queue, int64_t offset,
                                    std::function<void(const Status&)> done) {
  std::string address = routes_.BrokerAddress(queue->queue().broker_name, protocol::kMasterId);
  client_.Invoke(
      address, CommitRequest(options_.group, queue->queue(), offset), options_.request_timeout_ms,
      [queue, done = std::move(done)](Result<remoting::Reply> reply) {
        Status status = reply.status();
        if (reply.ok() && reply->command.code != protocol::kSuccess) {
          status = Status::Rejected(reply->command.code, std::string(reply->command.remark));
        }
        if (!status.ok()) queue->ForgetCommit();
        done(status);
      });
}

Status PushConsumer::Core::CommitNow() {
  std::vector<std::future<Status>> answers;
  assigned_.Commit([&](const ProcessQueuePtr& queue, int64_t offset) {
    auto promise = std::make_shared<std::promise<Status>>();
    answers.push_back(promise->get_future());
    SendCommit(queue, offset, [promise](const Status& status) { promise->set_value(status); });
  });
  Status first_error;
  for (std::future<Status>& answer : answers) {
    Status status = answer.get();
    if (first_error.ok()) first_error = status;
  }
  return first_error;
}

void PushConsumer::Core::Stop() {
  if (stopped_.exchange(true)) return;
  timer_.Stop();
  workers_.Stop();
  Status committed = CommitNow();
  if (!committed.ok()) spdlog::warn("last commit: {}", committed.ToString());
  assigned_.Close();
  Unregister(&client_, routes_.Brokers(), context_.client_id, {}, options_.group,
             options_.request_timeout_ms);
  client_.Stop();
  io_.Stop();
}

PushConsumer::PushConsumer(std::unique_ptr<Core> core) : core_(std::move(core)) {}

PushConsumer::~PushConsumer() { Shutdown(); }

Result<std::unique_ptr<PushConsumer>> PushConsumer::Start(PushConsumerOptions options,
                                                          Callback callback) {
  REWIND_TRY(protocol::ValidateGroupName(options.group));
  if (options.name_servers.empty() || options.subscriptions.empty()) {
    return Status(ErrorCode::kInvalidArgument,
                  "a consumer needs the address of a nameserver and a topic");
  }
  std::map<std::string, protocol::SubscriptionData> subscriptions;
  int64_t version = SystemClock().WallMs();
  auto with_retry = options.subscriptions;
  with_retry.emplace_back(protocol::RetryTopic(options.group), "*");
  for (const auto& [topic, expression] : with_retry) {
    REWIND_TRY(protocol::ValidateTopicName(topic));
    auto subscription = protocol::MakeSubscription(topic, expression, version);
    if (!subscription.ok()) return subscription.status();
    subscriptions[topic] = std::move(*subscription);
  }
  auto core =
      std::make_unique<Core>(std::move(options), std::move(callback), std::move(subscriptions));
  std::unique_ptr<PushConsumer> consumer(new PushConsumer(std::move(core)));
  REWIND_TRY(consumer->core_->CheckNameServers());
  consumer->core_->Begin();
  return consumer;
}

Status PushConsumer::CommitNow() { return core_->CommitNow(); }

std::vector<protocol::MessageQueue> PushConsumer::AssignedQueueNames() const {
  return core_->Names();
}

const std::string& PushConsumer::client_id() const { return core_->client_id(); }

void PushConsumer::Shutdown() { core_->Stop(); }

}  // namespace rewindmq::client
