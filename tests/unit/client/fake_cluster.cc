#include "tests/unit/client/fake_cluster.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "common/base/log.h"
#include "common/protocol/lists.h"
#include "common/protocol/topic_names.h"
#include "tests/unit/client/record_bytes.h"

namespace rewindmq::client {
namespace {

constexpr auto kDeadline = std::chrono::seconds(10);
constexpr int64_t kPullMessages = 32;

}  // namespace

FakeCluster::FakeCluster(remoting::IoThreads* io, uint16_t port) {
  // Made by its first use, inside a library that ThreadSanitizer cannot look into: do it before
  // there are threads.
  static_cast<void>(spdlog::default_logger_raw());
  AddRouteHandlers();
  AddGroupHandlers();
  AddMessageHandlers();
  server_ = std::make_unique<remoting::Server>(io, &dispatcher_, remoting::ServerOptions{});
  port_ = *server_->Listen("127.0.0.1", port);
  address_ = "127.0.0.1:" + std::to_string(port_);
  server_->Start();
}

FakeCluster::~FakeCluster() {
  server_->Stop();
  std::lock_guard lock(mutex_);
  held_.clear();
  connections_.clear();
}

void FakeCluster::Handle(int32_t code,
                         void (FakeCluster::*handler)(const Command&, const Responder&)) {
  dispatcher_.Add(code, [this, code, handler](const Command& request, const Responder& responder) {
    {
      std::lock_guard lock(mutex_);
      ++requests_[code];
    }
    (this->*handler)(request, responder);
    changed_.notify_all();
  });
}

void FakeCluster::AddRouteHandlers() {
  Handle(protocol::kGetRouteInfoByTopic, &FakeCluster::OnRoute);
}

void FakeCluster::AddGroupHandlers() {
  Handle(protocol::kHeartBeat, &FakeCluster::OnHeartbeat);
  Handle(protocol::kUnregisterClient, &FakeCluster::OnUnregister);
  Handle(protocol::kGetConsumerListByGroup, &FakeCluster::OnMembers);
  Handle(protocol::kQueryConsumerOffset, &FakeCluster::OnQueryOffset);
  Handle(protocol::kUpdateConsumerOffset, &FakeCluster::OnCommit);
}

void FakeCluster::AddMessageHandlers() {
  Handle(protocol::kGetMaxOffset, &FakeCluster::OnEdge);
  Handle(protocol::kGetMinOffset, &FakeCluster::OnEdge);
  Handle(protocol::kSendMessageV2, &FakeCluster::OnSend);
  Handle(protocol::kPullMessage, &FakeCluster::OnPull);
  Handle(protocol::kConsumerSendMsgBack, &FakeCluster::OnSendBack);
}

void FakeCluster::OnRoute(const Command& request, const Responder& responder) {
  std::string topic(*request.fields.Find("topic"));
  std::lock_guard lock(mutex_);
  auto it = topics_.find(topic);
  if (it == topics_.end()) {
    responder.Fail(protocol::kTopicNotExist, "No topic route info in name server for " + topic);
    return;
  }
  protocol::TopicRouteData route;
  route.queue_datas = {{kBroker, it->second, it->second, 6, 0}};
  route.broker_datas = {{"C", kBroker, {{0, address_}}}};
  auto response = protocol::MakeResponse(protocol::kSuccess);
  response.body = protocol::EncodeTopicRouteData(route, true);
  responder.Send(std::move(response));
}

void FakeCluster::OnHeartbeat(const Command& request, const Responder& responder) {
  auto heartbeat = protocol::DecodeHeartbeatData(request.body);
  if (!heartbeat.ok()) {
    responder.Fail(protocol::kSystemError, heartbeat.status().message());
    return;
  }
  std::lock_guard lock(mutex_);
  for (const protocol::ConsumerData& consumer : heartbeat->consumers) {
    members_[consumer.group_name].insert(heartbeat->client_id);
    connections_[responder.connection()->id()] = responder.connection();
  }
  last_heartbeat_ = std::move(*heartbeat);
  responder.Ok();
}

void FakeCluster::OnUnregister(const Command& request, const Responder& responder) {
  std::lock_guard lock(mutex_);
  const std::string_view* group = request.fields.Find("consumerGroup");
  if (group != nullptr) {
    members_[std::string(*group)].erase(std::string(*request.fields.Find("clientID")));
  }
  responder.Ok();
}

void FakeCluster::OnMembers(const Command& request, const Responder& responder) {
  std::lock_guard lock(mutex_);
  const auto& members = members_[std::string(*request.fields.Find("consumerGroup"))];
  auto response = protocol::MakeResponse(protocol::kSuccess);
  response.body = protocol::EncodeConsumerIdList({members.begin(), members.end()});
  responder.Send(std::move(response));
}

void FakeCluster::OnQueryOffset(const Command& request, const Responder& responder) {
  protocol::FieldReader fields(request.fields);
  auto offset = Committed(std::string(fields.Text("consumerGroup")),
                          std::string(fields.Text("topic")), fields.Int32("queueId"));
  if (offset.has_value()) {
    responder.Send(protocol::MakeResponse(protocol::kSuccess).With("offset", *offset));
  } else {
    responder.Fail(protocol::kQueryNotFound, "Not found");
  }
}

void FakeCluster::OnCommit(const Command& request, const Responder& responder) {
  protocol::FieldReader fields(request.fields);
  Commit(std::string(fields.Text("consumerGroup")), std::string(fields.Text("topic")),
         fields.Int32("queueId"), fields.Int64("commitOffset"));
  responder.Ok();
}

void FakeCluster::OnEdge(const Command& request, const Responder& responder) {
  protocol::FieldReader fields(request.fields);
  QueueKey key{std::string(fields.Text("topic")), fields.Int32("queueId")};
  std::lock_guard lock(mutex_);
  int64_t offset = request.code == protocol::kGetMinOffset
                       ? (queues_[key].empty() ? -1 : 0)
                       : static_cast<int64_t>(queues_[key].size());
  responder.Send(protocol::MakeResponse(protocol::kSuccess).With("offset", offset));
}

void FakeCluster::OnSend(const Command& request, const Responder& responder) {
  protocol::FieldReader fields(request.fields);
  QueueKey key{std::string(fields.Text("b")), fields.Int32("e")};
  Record record{std::string(request.body), std::string(fields.Text("i"))};
  int64_t offset;
  {
    std::lock_guard lock(mutex_);
    if (failing_sends_ > 0) {
      --failing_sends_;
      responder.Fail(send_error_, "as the test wants it");
      return;
    }
    last_properties_ = record.properties;
    offset = static_cast<int64_t>(queues_[key].size());
  }
  Append(key, std::move(record));
  responder.Send(protocol::MakeResponse(protocol::kSuccess)
                     .With("msgId", "7F00000100002A9F0000000000000000")
                     .With("queueId", key.second)
                     .With("queueOffset", offset));
}

void FakeCluster::Append(const QueueKey& key, Record record) {
  std::vector<HeldPull> woken;
  {
    std::lock_guard lock(mutex_);
    topics_.try_emplace(key.first, key.second + 1);
    queues_[key].push_back(std::move(record));
    auto rest = std::partition(held_.begin(), held_.end(), [&key](const HeldPull& pull) {
      return pull.topic != key.first || pull.queue_id != key.second;
    });
    woken.assign(std::make_move_iterator(rest), std::make_move_iterator(held_.end()));
    held_.erase(rest, held_.end());
  }
  changed_.notify_all();
  for (const HeldPull& pull : woken) {
    int64_t next = pull.offset;
    std::string body;
    {
      std::lock_guard lock(mutex_);
      body = RecordsLocked(key, pull.offset, &next);
    }
    auto response = protocol::MakeResponse(protocol::kSuccess).With("nextBeginOffset", next);
    response.body = std::move(body);
    pull.responder.Send(std::move(response));
  }
}

std::string FakeCluster::RecordsLocked(const QueueKey& key, int64_t offset, int64_t* next) const {
  const auto& records = queues_.at(key);
  std::string bytes;
  int64_t end = std::min(offset + kPullMessages, static_cast<int64_t>(records.size()));
  for (int64_t i = offset; i < end; ++i) {
    const Record& record = records[static_cast<size_t>(i)];
    bytes += RecordBytes({.topic = key.first,
                          .body = record.body,
                          .properties = record.properties,
                          .queue_id = key.second,
                          .queue_offset = i});
  }
  *next = std::max(end, offset);
  return bytes;
}

void FakeCluster::OnPull(const Command& request, const Responder& responder) {
  protocol::FieldReader fields(request.fields);
  QueueKey key{std::string(fields.Text("topic")), fields.Int32("queueId")};
  int64_t offset = fields.Int64("queueOffset");
  std::lock_guard lock(mutex_);
  if (members_[std::string(fields.Text("consumerGroup"))].empty()) {
    responder.Fail(protocol::kSubscriptionNotExist, "the consumer's group info not exist");
    return;
  }
  auto moved = moved_.find(key);
  if (moved != moved_.end()) {
    auto response = protocol::MakeResponse(protocol::kPullOffsetMoved);
    responder.Send(response.With("nextBeginOffset", moved->second));
    moved_.erase(moved);
    return;
  }
  if (offset >= static_cast<int64_t>(queues_[key].size())) {
    held_.push_back({responder, key.first, key.second, offset});
    return;
  }
  int64_t next = offset;
  auto response = protocol::MakeResponse(protocol::kSuccess);
  response.body = RecordsLocked(key, offset, &next);
  responder.Send(response.With("nextBeginOffset", next));
}

void FakeCluster::OnSendBack(const Command& request, const Responder& responder) {
  protocol::FieldReader fields(request.fields);
  std::string group(fields.Text("group"));
  if (fields.Int64("offset") < 0 || !fields.status().ok()) {
    responder.Fail(protocol::kSystemError, "no such message");
    return;
  }
  Append({protocol::RetryTopic(group), 0},
         {"again",
          protocol::BuildProperties({{"RETRY_TOPIC", std::string(fields.Text("originTopic"))}})});
  responder.Ok();
}

void FakeCluster::AddTopic(const std::string& topic, int32_t queues) {
  std::lock_guard lock(mutex_);
  topics_[topic] = queues;
}

void FakeCluster::AddMessages(const std::string& topic, int32_t queue_id, int count,
                              const std::string& tag) {
  for (int i = 0; i < count; ++i) {
    Append({topic, queue_id},
           {"m" + std::to_string(i), protocol::BuildProperties({{"TAGS", tag}})});
  }
}

void FakeCluster::FailSends(int32_t code, int count) {
  std::lock_guard lock(mutex_);
  send_error_ = code;
  failing_sends_ = count;
}

void FakeCluster::MoveOffsets(const std::string& topic, int64_t offset) {
  std::vector<HeldPull> woken;
  {
    std::lock_guard lock(mutex_);
    for (int32_t id = 0; id < topics_[topic]; ++id) moved_[{topic, id}] = offset;
    woken.swap(held_);
    for (const HeldPull& pull : woken) moved_.erase({pull.topic, pull.queue_id});
  }
  for (const HeldPull& pull : woken) {
    auto response = protocol::MakeResponse(protocol::kPullOffsetMoved);
    pull.responder.Send(response.With("nextBeginOffset", offset));
  }
}

void FakeCluster::SendReset(const std::string& topic, const std::string& group, int64_t offset) {
  protocol::ResetOffsetBody body;
  std::lock_guard lock(mutex_);
  for (int32_t id = 0; id < topics_[topic]; ++id) body[{topic, kBroker, id}] = offset;
  for (const auto& [id, connection] : connections_) {
    auto request = protocol::MakeRequest(protocol::kResetConsumerClientOffset)
                       .With("topic", topic)
                       .With("group", group)
                       .With("timestamp", 0)
                       .With("isForce", "true");
    request.body = protocol::EncodeResetOffsetBody(body);
    connection->InvokeOneway(std::move(request));
  }
}

void FakeCluster::AddMember(const std::string& group, const std::string& client_id) {
  std::lock_guard lock(mutex_);
  members_[group].insert(client_id);
  for (const auto& [id, connection] : connections_) {
    connection->InvokeOneway(
        protocol::MakeRequest(protocol::kNotifyConsumerIdsChanged).With("consumerGroup", group));
  }
}

std::optional<int64_t> FakeCluster::Committed(const std::string& group, const std::string& topic,
                                              int32_t queue_id) const {
  std::lock_guard lock(mutex_);
  auto of_group = committed_.find(group);
  if (of_group == committed_.end()) return std::nullopt;
  auto offset = of_group->second.find({topic, queue_id});
  if (offset == of_group->second.end()) return std::nullopt;
  return offset->second;
}

void FakeCluster::Commit(const std::string& group, const std::string& topic, int32_t queue_id,
                         int64_t offset) {
  std::lock_guard lock(mutex_);
  committed_[group][{topic, queue_id}] = offset;
  changed_.notify_all();
}

std::map<int32_t, int> FakeCluster::Stored(const std::string& topic) const {
  std::lock_guard lock(mutex_);
  std::map<int32_t, int> counts;
  for (const auto& [key, records] : queues_) {
    if (key.first == topic) counts[key.second] = static_cast<int>(records.size());
  }
  return counts;
}

std::string FakeCluster::LastProperties() const {
  std::lock_guard lock(mutex_);
  return last_properties_;
}

int FakeCluster::Requests(int32_t code) const {
  std::lock_guard lock(mutex_);
  auto it = requests_.find(code);
  return it == requests_.end() ? 0 : it->second;
}

std::set<std::string> FakeCluster::Members(const std::string& group) const {
  std::lock_guard lock(mutex_);
  auto it = members_.find(group);
  return it == members_.end() ? std::set<std::string>() : it->second;
}

std::optional<protocol::HeartbeatData> FakeCluster::LastHeartbeat() const {
  std::lock_guard lock(mutex_);
  return last_heartbeat_;
}

bool FakeCluster::WaitUntil(const std::function<bool()>& condition) const {
  auto deadline = std::chrono::steady_clock::now() + kDeadline;
  while (!condition()) {
    std::unique_lock lock(mutex_);
    if (std::chrono::steady_clock::now() >= deadline) return false;
    changed_.wait_for(lock, std::chrono::milliseconds(20));
  }
  return true;
}

}  // namespace rewindmq::client
