#include "broker/broker.h"

#include <asio/post.hpp>
#include <tuple>

#include "broker/handlers/admin_handlers.h"
#include "broker/handlers/client_handlers.h"
#include "broker/handlers/message_hosts.h"
#include "broker/handlers/offset_handlers.h"
#include "broker/handlers/reply_handlers.h"
#include "broker/handlers/send_back_handler.h"
#include "broker/handlers/send_handlers.h"
#include "broker/handlers/transaction_handlers.h"
#include "broker/reply/reply_push.h"
#include "broker/transaction/half_message.h"
#include "common/base/file.h"
#include "common/base/log_level.h"
#include "common/protocol/topic_names.h"

namespace rewindmq::broker {
namespace {

// Clients up to 4.4.0 send everything but pulls and heartbeats to this port ("VIP channel").
constexpr int32_t kVipPortDistance = 2;
constexpr int32_t kBenchmarkQueues = 1024;

protocol::TopicConfig Topic(std::string_view name, int32_t queue_nums, int32_t perm) {
  protocol::TopicConfig config;
  config.topic_name = name;
  config.read_queue_nums = queue_nums;
  config.write_queue_nums = queue_nums;
  config.perm = perm;
  return config;
}

// Its queues and rights go to topics that are made by their first message.
protocol::TopicConfig DefaultTopic(const BrokerOptions& options) {
  return Topic(protocol::kDefaultTopic, options.default_topic_queue_nums,
               protocol::kPermInherit | protocol::kPermRead | protocol::kPermWrite);
}

}  // namespace

Broker::Broker(BrokerOptions options)
    : io_(static_cast<size_t>(options.io_threads)),
      client_(&background_, nullptr),
      server_(&io_, &dispatcher_, remoting::ServerOptions()) {
  parts_.options = std::move(options);
  parts_.started_ms = parts_.clock->WallMs();
}

Broker::~Broker() {
  if (Status stopped = Stop(); !stopped.ok()) {
    spdlog::error("broker did not stop cleanly: {}", stopped.message());
  }
}

Result<std::unique_ptr<Broker>> Broker::Make(BrokerOptions options) {
  std::string config = options.store.root_directory + "/config";
  REWIND_TRY(MakeDirectories(config));
  REWIND_TRY_ASSIGN(auto settings, RuntimeSettings::Load(config, &SystemClock(), &options));
  std::unique_ptr<Broker> broker(new Broker(std::move(options)));
  broker->parts_.settings = std::move(settings);
  broker->parts_.settings->Bind(&broker->parts_.options);
  return broker;
}

Result<std::unique_ptr<Broker>> Broker::Start(BrokerOptions options) {
  REWIND_TRY_ASSIGN(std::unique_ptr<Broker> broker, Make(std::move(options)));
  REWIND_TRY(broker->OpenParts());
  REWIND_TRY(broker->AddBuiltInTopics());
  broker->AddHandlers();
  REWIND_TRY(broker->ServeMetrics());
  REWIND_TRY(broker->Listen());
  broker->registration_->Start();
  broker->transactions_->Start();
  broker->deliveries_->Start();
  broker->replaying_->Start();
  asio::post(broker->background_.First(), [raw = broker.get()] {
    raw->ArmHousekeeping();
    raw->ArmSampling();
  });
  return broker;
}

Result<std::vector<int32_t>> Broker::ServedCodes(BrokerOptions options) {
  REWIND_TRY_ASSIGN(std::unique_ptr<Broker> broker, Make(std::move(options)));
  REWIND_TRY(broker->OpenParts());
  broker->AddHandlers();
  return broker->dispatcher_.Codes();
}

Status Broker::OpenParts() {
  const BrokerOptions& options = parts_.options;
  std::string config = options.store.root_directory + "/config";
  parts_.settings->OnChange([this](const BrokerOptions& changed) { OnSettings(changed); });
  parts_.stats = std::make_unique<BrokerStats>(options.cluster_name, parts_.clock);
  store::StoreOptions store_options = options.store;
  store_options.tags_code_of = [levels = options.delivery.levels](const store::Record& record) {
    return levels.TagsCodeOf(record);
  };
  REWIND_TRY_ASSIGN(parts_.store, store::MessageStore::Open(std::move(store_options)));
  parts_.writer = std::make_unique<MessageWriter>(parts_.store.get(), options.delivery.levels,
                                                  options.delivery.timers, parts_.clock);
  REWIND_TRY(MakeDirectories(config));
  REWIND_TRY_ASSIGN(parts_.delays, DelayedDelivery::Load(config, parts_.store.get(),
                                                         parts_.writer.get(), parts_.clock));
  REWIND_TRY_ASSIGN(parts_.timers,
                    TimerDelivery::Load(options.store.root_directory, parts_.store.get(),
                                        parts_.writer.get(), parts_.clock));
  REWIND_TRY_ASSIGN(parts_.topics, TopicTable::Load(config + "/topics.json", parts_.clock));
  REWIND_TRY_ASSIGN(parts_.groups, GroupConfigTable::Load(config + "/subscriptionGroup.json",
                                                          options.auto_create_group, parts_.clock));
  REWIND_TRY_ASSIGN(parts_.offsets, OffsetTable::Load(config));
  parts_.filters = ConsumerFilterTable::Load(config + "/consumerFilter.json",
                                             options.filter_keep_ms, parts_.clock);
  ReplayParts replaying{parts_.store.get(),   parts_.writer.get(),  parts_.topics.get(),
                        parts_.groups.get(),  parts_.offsets.get(), &parts_.consumers,
                        parts_.filters.get(), parts_.clock,         StoreHost(parts_)};
  parts_.replays = ReplayService::Load(config, replaying, options.delivery.save_interval_ms);
  return Status::Ok();
}

Status Broker::AddBuiltInTopics() {
  const BrokerOptions& options = parts_.options;
  constexpr int32_t kReadWrite = protocol::kPermRead | protocol::kPermWrite;
  std::vector<protocol::TopicConfig> topics = {
      Topic(protocol::kSelfTestTopic, 1, kReadWrite),
      Topic(protocol::kBenchmarkTopic, kBenchmarkQueues, kReadWrite),
      Topic(protocol::kOffsetMovedTopic, 1, kReadWrite),
      Topic(options.cluster_name, 16, protocol::kPermInherit | kReadWrite),
      Topic(options.broker_name, 1, protocol::kPermInherit | kReadWrite),
      Topic(options.cluster_name + std::string(kReplyTopicSuffix), 1, kReadWrite),
      Topic(kHalfTopic, 1, kReadWrite),
      Topic(kOpTopic, 1, kReadWrite),
      Topic(kDiscardedTopic, 1, kReadWrite),
      Topic(protocol::kScheduleTopic, options.delivery.levels.count(), kReadWrite),
      Topic(kWheelTimerTopic, 1, kReadWrite),
  };
  if (options.auto_create_topic) {
    topics.push_back(DefaultTopic(options));
  } else {
    REWIND_TRY(parts_.topics->Remove(protocol::kDefaultTopic));
  }
  return parts_.topics->AddBuiltIn(topics);
}

void Broker::OnSettings(const BrokerOptions& changed) {
  parts_.groups->SetAutoCreate(changed.auto_create_group);
  parts_.store->ChangeLimits(changed.store.retention, changed.store.max_message_bytes);
  SetLogLevel(changed.log.level);
  Status kept = changed.auto_create_topic ? parts_.topics->Put(DefaultTopic(changed))
                                          : parts_.topics->Remove(protocol::kDefaultTopic);
  if (!kept.ok()) spdlog::error("topic {}: {}", protocol::kDefaultTopic, kept.message());
  // The nameservers give clients what brokerPermission leaves.
  registration_->RegisterSoon();
}

void Broker::AddHandlers() {
  pulls_ = std::make_unique<PullHandler>(&parts_, &reset_guide_, background_.First());
  resets_ = std::make_unique<ResetHandler>(&parts_, &reset_guide_, &pulls_->hold());
  registration_ = std::make_shared<Registration>(background_.First(), &parts_, &client_);
  CheckSettings checks{parts_.options.transaction_timeout_ms, parts_.options.transaction_check_max,
                       parts_.options.store.retention.keep_ms};
  transactions_ = std::make_shared<TransactionService>(
      background_.First(), parts_.store.get(), parts_.offsets.get(), &parts_.producers,
      parts_.clock, checks, parts_.options.transaction_check_interval_ms);
  pulls_->AddTo(&dispatcher_);
  resets_->AddTo(&dispatcher_);
  AddSendHandlers(&parts_, &dispatcher_);
  AddTransactionHandlers(&parts_, &dispatcher_);
  AddReplyHandlers(&parts_, &dispatcher_);
  AddSendBackHandlers(&parts_, &dispatcher_);
  AddClientHandlers(&parts_, &dispatcher_);
  AddOffsetHandlers(&parts_, &reset_guide_, &dispatcher_);
  AddTopicAdminHandlers(&parts_, &dispatcher_);
  AddGroupAdminHandlers(&parts_, &dispatcher_);
  AddConnectionAdminHandlers(&parts_, &dispatcher_);
  AddConsumeStatsHandlers(&parts_, &dispatcher_);
  AddOffsetAdminHandlers(&parts_, &dispatcher_);
  AddClientRelayHandlers(&parts_, &dispatcher_);
  AddStoreAdminHandlers(&parts_, &dispatcher_);
  AddBrokerAdminHandlers(&parts_, &dispatcher_);
  AddQueryHandlers(&parts_, &dispatcher_);
  AddReplayHandlers(&parts_, &dispatcher_);
  AddDeliveries();
  parts_.topics->OnChange([this] { registration_->RegisterSoon(); });
  server_.OnConnectionClosed([this](const std::shared_ptr<remoting::Connection>& connection) {
    ForgetConnection(&parts_, connection->id());
  });
}

void Broker::AddDeliveries() {
  deliveries_ =
      std::make_unique<DeliveryLoop>(parts_.store.get(), parts_.options.delivery.save_interval_ms);
  for (int32_t level = 1; level <= parts_.delays->levels(); ++level) {
    deliveries_->AddLine([this, level] { return parts_.delays->Run(level); });
  }
  timer_line_ = deliveries_->AddLine([this] { return parts_.timers->Run(); });
  deliveries_->AddProgress([this](bool all) { return parts_.delays->TakeProgress(all); });
  deliveries_->AddProgress([this](bool all) { return parts_.timers->TakeProgress(all); });
  replaying_ =
      std::make_unique<DeliveryLoop>(parts_.store.get(), parts_.options.delivery.save_interval_ms);
  size_t replay_line = replaying_->AddLine([this] { return parts_.replays->Run(); });
  parts_.replays->OnWork([loop = replaying_.get(), replay_line] { loop->Wake(replay_line); });
  parts_.store->SetArrivalListener(
      [this](std::string_view topic, int32_t queue_id, int64_t max_offset, int64_t tags_code) {
        OnArrival(topic, queue_id, max_offset, tags_code);
      });
}

void Broker::OnArrival(std::string_view topic, int32_t queue_id, int64_t max_offset,
                       int64_t tags_code) {
  pulls_->hold().OnArrival(topic, queue_id, max_offset, tags_code);
  if (topic == protocol::kScheduleTopic) {
    bool wake = parts_.delays->OnArrival(queue_id, max_offset);
    if (wake) deliveries_->Wake(static_cast<size_t>(queue_id));
  } else if (topic == kWheelTimerTopic) {
    deliveries_->Wake(timer_line_);
  }
}

Status Broker::Listen() {
  const BrokerOptions& options = parts_.options;
  for (int32_t port : {options.listen_port, options.listen_port - kVipPortDistance}) {
    REWIND_TRY(server_.Listen(options.bind_address, static_cast<uint16_t>(port)).status());
  }
  server_.Start();
  spdlog::info("broker {} of cluster {} serves {} (and port {}), store {}", options.broker_name,
               options.cluster_name, options.Address(), options.listen_port - kVipPortDistance,
               options.store.root_directory);
  return Status::Ok();
}

Status Broker::ServeMetrics() {
  const BrokerOptions& options = parts_.options;
  if (options.metrics_port == 0) return Status::Ok();
  REWIND_TRY_ASSIGN(metrics_, MetricsEndpoint::Start(options.metrics_host, options.metrics_port,
                                                     [this] { return ReadMetrics(); }));
  spdlog::info("metrics are served on {}:{}/metrics", options.metrics_host, options.metrics_port);
  return Status::Ok();
}

MetricsReading Broker::ReadMetrics() const {
  MetricsReading reading;
  reading.version = REWIND_VERSION;
  reading.cluster_name = parts_.options.cluster_name;
  reading.broker_name = parts_.options.broker_name;
  reading.started_ms = parts_.started_ms;
  reading.store = parts_.store->Stats();
  std::tie(reading.consumer_groups, reading.consumers) = parts_.consumers.CountGroupsAndMembers();
  std::tie(reading.producer_groups, reading.producers) = parts_.producers.CountGroupsAndMembers();
  return reading;
}

void Broker::ArmSampling() {
  constexpr auto kSampleInterval = std::chrono::seconds(1);
  parts_.stats->Sample();
  sampling_.expires_after(kSampleInterval);
  sampling_.async_wait([this](const asio::error_code& error) {
    if (!error) ArmSampling();
  });
}

void Broker::ArmHousekeeping() {
  housekeeping_.expires_after(std::chrono::milliseconds(parts_.options.flush_offsets_ms.get()));
  housekeeping_.async_wait([this](const asio::error_code& error) {
    if (!error) OnHousekeeping();
  });
}

void Broker::OnHousekeeping() {
  ExpireSilentClients(&parts_);
  reset_guide_.ForgetStale();
  if (Status kept = parts_.offsets->Persist(); !kept.ok()) {
    spdlog::error("consumer offsets are not on disk: {}", kept.message());
  }
  if (Status kept = parts_.filters->Persist(); !kept.ok()) {
    spdlog::error("consumer filters are not on disk: {}", kept.message());
  }
  ArmHousekeeping();
}

Status Broker::Stop() {
  if (stopped_) return Status::Ok();
  stopped_ = true;
  metrics_.reset();
  if (registration_ != nullptr) registration_->Stop();
  server_.Stop();
  if (pulls_ != nullptr) pulls_->hold().Stop();
  if (transactions_ != nullptr) transactions_->Stop();
  client_.Stop();
  io_.Stop();
  if (deliveries_ != nullptr) deliveries_->Stop();
  if (replaying_ != nullptr) replaying_->Stop();
  background_.Stop();
  Status saved;
  if (parts_.offsets != nullptr) saved = parts_.offsets->Persist();
  if (saved.ok() && parts_.filters != nullptr) saved = parts_.filters->Persist();
  if (parts_.store != nullptr) {
    Status closed = parts_.store->Close();
    // Only now everything that was delivered is surely on disk.
    if (closed.ok() && deliveries_ != nullptr) closed = deliveries_->SaveAll();
    if (closed.ok() && parts_.replays != nullptr) closed = parts_.replays->SaveAll();
    if (saved.ok()) saved = closed;
  }
  return saved;
}

}  // namespace rewindmq::broker
