#pragma once
// A cluster in memory behind AdminApi, with the manners of the brokers that exist: ours (moves the
// stored offsets, online or not), Apache's that notify clients (the stored offset stays), and
// Apache's that reset on the server. Faults: silent brokers, answers that are lost.

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/admin_api.h"
#include "common/protocol/codes.h"
#include "common/protocol/topic_names.h"

namespace rewindmq::reset {

enum class Manner { kOurs, kNotifies, kServerSide };

struct FakeQueue {
  int64_t min = 0;
  int64_t max = 100;
  int64_t by_time = 40;  // what a search by any time finds
  std::optional<int64_t> committed = 100;
  bool writable = true;
};

struct FakeBroker {
  std::string address;
  bool has_master = true;
  bool silent = false;
  Manner manner = Manner::kOurs;
  int clients_online = 1;
  bool hides_config = false;
  bool silent_to_unknown = false;  // to request codes that it does not know
  protocol::Connection client;     // what each of them is like
  protocol::MessageModel message_model = protocol::MessageModel::kClustering;
  protocol::ConsumeType consume_type = protocol::ConsumeType::kPassively;
  std::optional<Status> reject_reset;  // the answer to every 222
  int lose_requests = 0;               // so many 222 or 15 are lost before the broker sees them
  int lose_answers = 0;                // … or carried out, and their answers lost
  std::vector<FakeQueue> queues;
  std::vector<FakeQueue> retry_queues;             // of the group's retry topic
  std::vector<client::ResetRequest> resets;        // every 222 and kResetToOffsets carried out
  std::vector<client::QueueOffsets> exact_resets;  // every kResetToOffsets carried out
  int steered = 0;                                 // every kSteerReplay carried out
  int writes = 0;                                  // every 15 carried out
  std::map<std::string, client::QueueOffsets> client_offsets;  // what 223 answers
  std::map<std::string, protocol::ReplayStatus> replays;       // by id
};

// A search by a time from here on finds the end of the queue.
inline constexpr int64_t kLateMs = 1'900'000'000'000;

class FakeAdmin : public client::AdminApi {
 public:
  std::string topic = "orders";
  std::string group = "billing";
  std::map<std::string, FakeBroker> brokers;  // by name
  int silent_routes = 0;                      // so many route requests get no answer
  bool retry_topic = true;
  std::function<void()> before_reset;  // runs at each 222, before it acts

  FakeBroker& AddBroker(const std::string& name, size_t queues) {
    FakeBroker& broker = brokers[name];
    broker.address = name + ":10911";
    broker.queues.resize(queues);
    broker.client.version = protocol::kOwnVersion;
    return broker;
  }

  Result<protocol::TopicRouteData> Route(const std::string& wanted) override {
    if (silent_routes > 0) {
      --silent_routes;
      return Status(ErrorCode::kUnavailable, "nameserver ns:9876: connection refused");
    }
    const bool retry = wanted == protocol::RetryTopic(group) && retry_topic;
    if (wanted != topic && !retry)
      return Status(ErrorCode::kNotFound, "No topic route info: " + wanted);
    protocol::TopicRouteData route;
    for (const auto& [name, broker] : brokers) {
      const std::vector<FakeQueue>& queues = retry ? broker.retry_queues : broker.queues;
      if (retry && queues.empty()) continue;
      int32_t writable = 0;
      for (const FakeQueue& queue : queues) writable += queue.writable ? 1 : 0;
      route.queue_datas.push_back({name, static_cast<int32_t>(queues.size()), writable, 6});
      protocol::BrokerData data{"c", name, {}};
      data.broker_addrs[broker.has_master ? 0 : 1] = broker.address;
      route.broker_datas.push_back(data);
    }
    return route;
  }

  Result<protocol::ConsumerConnection> ConsumerConnections(const std::string& address,
                                                           const std::string&) override {
    REWIND_TRY_ASSIGN(FakeBroker * broker, At(address));
    if (broker->clients_online == 0) return Status::Rejected(206, "not online");
    protocol::ConsumerConnection answer;
    answer.connections.resize(static_cast<size_t>(broker->clients_online), broker->client);
    answer.message_model = broker->message_model;
    answer.consume_type = broker->consume_type;
    return answer;
  }

  Result<protocol::TopicStatsTable> TopicStats(const std::string& address,
                                               const std::string& wanted) override {
    REWIND_TRY_ASSIGN(FakeBroker * broker, At(address));
    protocol::TopicStatsTable stats;
    const std::vector<FakeQueue>& queues = QueuesOf(broker, wanted);
    for (size_t i = 0; i < queues.size(); ++i) {
      protocol::MessageQueue key = Key(address, i);
      key.topic = wanted;
      if (queues[i].writable) stats.offset_table[key] = {queues[i].min, queues[i].max, 0};
    }
    return stats;
  }

  Result<protocol::ConsumeStats> ConsumeStats(const std::string&, const std::string&,
                                              const std::string&) override {
    return protocol::ConsumeStats{};
  }

  Result<int64_t> QueryOffset(const std::string& address, const std::string&,
                              const std::string& wanted, int32_t queue_id) override {
    REWIND_TRY_ASSIGN(FakeQueue * queue, Queue(address, wanted, queue_id));
    if (!queue->committed.has_value()) return Status(ErrorCode::kNotFound, "never committed");
    return *queue->committed;
  }

  Status UpdateOffset(const std::string& address, const std::string&, const std::string& wanted,
                      int32_t queue_id, int64_t offset) override {
    REWIND_TRY_ASSIGN(FakeBroker * broker, At(address));
    if (Lose(&broker->lose_requests)) return Lost();
    ++broker->writes;
    QueuesOf(broker, wanted)[static_cast<size_t>(queue_id)].committed = offset;
    return Lose(&broker->lose_answers) ? Lost() : Status::Ok();
  }

  Result<int64_t> SearchOffset(const std::string& address, const std::string& wanted,
                               int32_t queue_id, int64_t timestamp_ms) override {
    REWIND_TRY_ASSIGN(FakeQueue * queue, Queue(address, wanted, queue_id));
    return timestamp_ms >= kLateMs ? queue->max : queue->by_time;
  }
  Result<int64_t> MinOffset(const std::string& address, const std::string& wanted,
                            int32_t queue_id) override {
    REWIND_TRY_ASSIGN(FakeQueue * queue, Queue(address, wanted, queue_id));
    return queue->min;
  }
  Result<int64_t> MaxOffset(const std::string& address, const std::string& wanted,
                            int32_t queue_id) override {
    REWIND_TRY_ASSIGN(FakeQueue * queue, Queue(address, wanted, queue_id));
    return queue->max;
  }

  int32_t BrokerVersion(const std::string& address) override {
    Result<FakeBroker*> broker = At(address);
    if (!broker.ok() || (*broker)->manner == Manner::kNotifies) return 0;
    return (*broker)->manner == Manner::kOurs ? protocol::kOwnVersion : 453;
  }

  Result<std::map<std::string, std::string>> BrokerConfig(const std::string& address) override {
    REWIND_TRY_ASSIGN(FakeBroker * broker, At(address));
    if (broker->hides_config) return Status::Rejected(16, "no permission");
    std::map<std::string, std::string> config = {{"brokerName", address}};
    if (broker->manner == Manner::kServerSide) config["useServerSideResetOffset"] = "true";
    return config;
  }

  Result<client::QueueOffsets> ResetOffset(const std::string& address,
                                           const client::ResetRequest& request) override {
    if (before_reset) before_reset();
    REWIND_TRY_ASSIGN(FakeBroker * broker, At(address));
    if (Lose(&broker->lose_requests)) return Lost();
    if (broker->reject_reset.has_value()) return *broker->reject_reset;
    if (broker->manner == Manner::kNotifies && broker->clients_online == 0) {
      return Status::Rejected(206, "Consumer not online, so can not reset offset");
    }
    broker->resets.push_back(request);
    client::QueueOffsets answer;
    for (size_t i = 0; i < broker->queues.size(); ++i) {
      if (broker->manner != Manner::kNotifies && request.queue_id >= 0 &&
          request.queue_id != static_cast<int32_t>(i)) {
        continue;
      }
      Move(broker, i, request, address, &answer);
    }
    if (Lose(&broker->lose_answers)) return Lost();
    return answer;
  }

  Result<std::map<std::string, client::QueueOffsets>> ClientOffsets(const std::string& address,
                                                                    const std::string&,
                                                                    const std::string&) override {
    REWIND_TRY_ASSIGN(FakeBroker * broker, At(address));
    return broker->client_offsets;
  }

  Result<client::QueueOffsets> ResetToOffsets(const std::string& address, const std::string&,
                                              const std::string&,
                                              const client::QueueOffsets& offsets) override {
    REWIND_TRY_ASSIGN(FakeBroker * broker, At(address));
    if (Lose(&broker->lose_requests)) return Lost();
    if (broker->manner != Manner::kOurs) return NotSupported();
    if (broker->reject_reset.has_value()) return *broker->reject_reset;
    if (before_reset) before_reset();
    broker->exact_resets.push_back(offsets);
    broker->resets.push_back({});
    for (const auto& [queue, offset] : offsets) {
      QueuesOf(broker, queue.topic)[static_cast<size_t>(queue.queue_id)].committed = offset;
    }
    if (Lose(&broker->lose_answers)) return Lost();
    return offsets;
  }

  Result<protocol::ReplayStatus> StartReplay(const std::string& address,
                                             const protocol::ReplayOrder& order) override {
    REWIND_TRY_ASSIGN(FakeBroker * broker, At(address));
    if (broker->manner != Manner::kOurs) return NotSupported();
    if (Lose(&broker->lose_requests)) return Lost();
    auto [found, is_new] = broker->replays.try_emplace(order.id);
    protocol::ReplayStatus& replay = found->second;
    if (is_new) {
      replay.order = order;
      replay.state =
          order.paused ? protocol::ReplayState::kPaused : protocol::ReplayState::kRunning;
      for (int32_t id : order.queue_ids) {
        const FakeQueue& queue = broker->queues[static_cast<size_t>(id)];
        replay.queues.push_back({id, queue.by_time, queue.max, queue.by_time, 0, 0, 0, 0});
      }
    }
    if (Lose(&broker->lose_answers)) return Lost();
    return replay;
  }
  Result<protocol::ReplayStatus> SteerReplay(const std::string& address,
                                             const client::ReplaySteering& steering) override {
    REWIND_TRY_ASSIGN(FakeBroker * broker, At(address));
    auto found = broker->replays.find(steering.id);
    if (found == broker->replays.end()) return Status(ErrorCode::kNotFound, "no such replay");
    ++broker->steered;
    if (steering.cancel) found->second.state = protocol::ReplayState::kCancelled;
    if (steering.pause) {
      found->second.state =
          *steering.pause ? protocol::ReplayState::kPaused : protocol::ReplayState::kRunning;
    }
    if (steering.messages_per_second) {
      found->second.order.messages_per_second = *steering.messages_per_second;
    }
    return found->second;
  }
  Result<std::vector<protocol::ReplayStatus>> Replays(const std::string& address,
                                                      const std::string& id) override {
    REWIND_TRY_ASSIGN(FakeBroker * broker, At(address));
    if (broker->silent_to_unknown) return Lost();
    if (broker->manner != Manner::kOurs) return NotSupported();
    std::vector<protocol::ReplayStatus> list;
    for (const auto& [name, replay] : broker->replays) {
      if (id.empty() || name == id) list.push_back(replay);
    }
    return list;
  }

 private:
  static Status NotSupported() { return Status::Rejected(3, " request type not supported"); }
  static Status Lost() { return {ErrorCode::kTimeout, "no answer in 10000 ms"}; }
  static bool Lose(int* count) { return *count > 0 && (*count)-- > 0; }

  void Move(FakeBroker* broker, size_t index, const client::ResetRequest& request,
            const std::string& address, client::QueueOffsets* answer) {
    FakeQueue& queue = broker->queues[index];
    int64_t target = request.timestamp_ms < 0 ? queue.max : queue.by_time;
    if (request.timestamp_ms == 0) target = queue.min;
    if (broker->manner == Manner::kNotifies) {
      if (!queue.writable) return;
      if (!request.force && target > queue.committed.value_or(0)) {
        target = queue.committed.value_or(0);
      }
    } else {
      if (request.queue_id >= 0) target = request.offset;
      const bool stays = broker->manner == Manner::kOurs && !request.force &&
                         target >= queue.committed.value_or(0);
      if (stays) target = queue.committed.value_or(0);
      queue.committed = target;
    }
    (*answer)[Key(address, index)] = target;
  }

  protocol::MessageQueue Key(const std::string& address, size_t index) const {
    return {topic, address.substr(0, address.find(':')), static_cast<int32_t>(index)};
  }

  Result<FakeBroker*> At(const std::string& address) {
    auto found = brokers.find(address.substr(0, address.find(':')));
    if (found == brokers.end() || found->second.silent) {
      return Status(ErrorCode::kUnavailable, address + ": connection refused");
    }
    return &found->second;
  }
  std::vector<FakeQueue>& QueuesOf(FakeBroker* broker, const std::string& wanted) const {
    return wanted == topic ? broker->queues : broker->retry_queues;
  }
  Result<FakeQueue*> Queue(const std::string& address, const std::string& wanted,
                           int32_t queue_id) {
    REWIND_TRY_ASSIGN(FakeBroker * broker, At(address));
    return &QueuesOf(broker, wanted)[static_cast<size_t>(queue_id)];
  }
};

}  // namespace rewindmq::reset
