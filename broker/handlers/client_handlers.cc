#include "broker/handlers/client_handlers.h"

#include "broker/handlers/handler_util.h"
#include "common/base/log.h"
#include "common/protocol/heartbeat.h"
#include "common/protocol/java_json.h"
#include "common/protocol/lists.h"
#include "common/protocol/lock_batch.h"
#include "common/remoting/connection.h"

namespace rewindmq::broker {

using protocol::Command;
using protocol::FieldReader;
using protocol::MakeRequest;
using protocol::MakeResponse;
using remoting::Responder;

namespace {

constexpr int64_t kClientSilentMs = 120'000;
constexpr int32_t kUnitSubscription = 1 << 1;  // TopicSysFlag.FLAG_UNIT_SUB

bool HasOrderTopic(const Parts& parts, const protocol::ConsumerData& consumer) {
  for (const protocol::SubscriptionData& subscription : consumer.subscriptions) {
    auto topic = parts.topics->Find(subscription.topic);
    if (topic && topic->order) return true;
  }
  return false;
}

void RegisterConsumer(Parts* parts, const Command& request, const Responder& responder,
                      const protocol::HeartbeatData& heartbeat,
                      const protocol::ConsumerData& consumer) {
  auto config = parts->groups->FindOrCreate(consumer.group_name);
  if (!config) return;
  if (config->retry_queue_nums > 0) {
    Status made = parts->topics->EnsureRetryTopic(consumer.group_name, config->retry_queue_nums,
                                                  HasOrderTopic(*parts, consumer),
                                                  consumer.unit_mode ? kUnitSubscription : 0);
    if (!made.ok()) spdlog::error("retry topic of {}: {}", consumer.group_name, made.message());
  }
  ConsumerClient client{heartbeat.client_id, responder.connection(), request.language,
                        request.version, parts->clock->SteadyMs()};
  bool changed = false;
  if (heartbeat.without_sub) {
    changed = parts->consumers.Refresh(consumer, std::move(client));
  } else {
    parts->filters->Register(consumer.group_name, consumer.subscriptions);
    changed = parts->consumers.Register(consumer, std::move(client));
  }
  if (changed) {
    NotifyMembersChanged(parts, consumer.group_name);
  }
}

void HandleHeartbeat(Parts* parts, const Command& request, const Responder& responder) {
  Result<protocol::HeartbeatData> heartbeat = protocol::DecodeHeartbeatData(request.body);
  if (!heartbeat.ok()) {
    responder.Fail(protocol::kSystemError, "heartbeat: " + heartbeat.status().message());
    return;
  }
  // 5.x may leave its subscriptions out while their fingerprint stays as it was; when we have
  // another one, or have forgotten them, it is asked to send them.
  bool wanted = heartbeat->heartbeat_fingerprint == 0;
  for (const protocol::ConsumerData& consumer : heartbeat->consumers) {
    wanted |= parts->consumers.WantsSubscriptions(
        consumer.group_name, heartbeat->heartbeat_fingerprint, heartbeat->without_sub);
    RegisterConsumer(parts, request, responder, *heartbeat, consumer);
    parts->consumers.SetFingerprint(consumer.group_name, heartbeat->heartbeat_fingerprint);
  }
  ProducerClient producer{{heartbeat->client_id, responder.connection()->remote_address(),
                           request.language, request.version},
                          parts->clock->SteadyMs(),
                          responder.connection()};
  for (const std::string& group : heartbeat->producer_groups) {
    parts->producers.Register(group, responder.connection()->id(), producer);
  }
  responder.Send(MakeResponse(protocol::kSuccess)
                     .With("IS_SUPPORT_HEART_BEAT_V2", "true")
                     .With("IS_SUB_CHANGE", wanted ? "true" : "false"));
}

void HandleUnregister(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  std::string_view client_id = fields.Text("clientID");
  std::string producer_group(fields.TextOr("producerGroup", ""));
  std::string consumer_group(fields.TextOr("consumerGroup", ""));
  if (FailedHeader(fields, responder)) return;
  if (!producer_group.empty()) {
    parts->producers.Unregister(producer_group, responder.connection()->id());
  }
  if (!consumer_group.empty() && parts->consumers.Unregister(consumer_group, client_id)) {
    NotifyMembersChanged(parts, consumer_group);
  }
  responder.Ok();
}

void HandleMemberList(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  std::string_view group = fields.Text("consumerGroup");
  if (FailedHeader(fields, responder)) return;
  std::vector<std::string> ids = parts->consumers.ClientIds(group);
  if (ids.empty()) {
    responder.Fail(protocol::kSystemError, "no consumer for this group, " + std::string(group));
    return;
  }
  SendBody(responder, protocol::EncodeConsumerIdList(ids));
}

// Before it starts, a consumer asks whether its subscription can be served.
void HandleCheckClient(Parts* parts, const Command& request, const Responder& responder) {
  Result<nlohmann::json> body = protocol::ParseJavaObject(request.body);
  if (!body.ok()) {
    responder.Fail(protocol::kSystemError, body.status().message());
    return;
  }
  protocol::JsonMembers members(*body);
  const nlohmann::json* object = members.Object("subscriptionData");
  if (object == nullptr) {
    responder.Ok();
    return;
  }
  protocol::JsonMembers subscription(*object);
  std::string type = subscription.Text("expressionType", protocol::kTagExpression);
  if (type == protocol::kTagExpression) {
    responder.Ok();
    return;
  }
  if (!parts->options.property_filter || type != protocol::kSql92Expression) {
    responder.Fail(protocol::kSystemError,
                   "The broker does not support consumer to filter message by " + type);
    return;
  }
  auto compiled = parts->filters->Compile(subscription.Text("subString"));
  if (!compiled.ok()) {
    responder.Fail(protocol::kSubscriptionParseFailed, compiled.status().message());
    return;
  }
  responder.Ok();
}

void HandleLock(Parts* parts, const Command& request, const Responder& responder) {
  Result<protocol::LockBatchRequest> body = protocol::DecodeLockBatchRequest(request.body);
  if (!body.ok()) {
    responder.Fail(protocol::kSystemError, body.status().message());
    return;
  }
  if (request.code == protocol::kUnlockBatchMq) {
    parts->queue_locks.Unlock(body->consumer_group, body->client_id, body->queues);
    responder.Ok();
    return;
  }
  protocol::LockBatchResponse locked;
  locked.locked_queues = parts->queue_locks.Lock(body->consumer_group, body->client_id,
                                                 body->queues, parts->clock->SteadyMs());
  SendBody(responder, protocol::EncodeLockBatchResponse(locked));
}

}  // namespace

void NotifyMembersChanged(Parts* parts, const std::string& group) {
  auto members = parts->consumers.Find(group);
  if (!members) {
    parts->filters->Unregister(group);
    return;
  }
  if (!parts->options.notify_consumer_ids_changed) return;
  auto config = parts->groups->Find(group);
  if (config && !config->notify_consumer_ids_changed_enable) return;
  for (const auto& [id, client] : members->clients) {
    client.connection->InvokeOneway(
        MakeRequest(protocol::kNotifyConsumerIdsChanged).With("consumerGroup", group));
  }
}

void ForgetConnection(Parts* parts, uint64_t connection_id) {
  parts->producers.OnConnectionClosed(connection_id);
  for (const std::string& group : parts->consumers.OnConnectionClosed(connection_id)) {
    NotifyMembersChanged(parts, group);
  }
}

void ExpireSilentClients(Parts* parts) {
  int64_t oldest_ms = parts->clock->SteadyMs() - kClientSilentMs;
  parts->producers.ExpireSilent(oldest_ms);
  for (const std::string& group : parts->consumers.ExpireSilent(oldest_ms)) {
    NotifyMembersChanged(parts, group);
  }
}

void AddClientHandlers(Parts* parts, remoting::Dispatcher* dispatcher) {
  AddHandler(parts, protocol::kHeartBeat, HandleHeartbeat, dispatcher);
  AddHandler(parts, protocol::kUnregisterClient, HandleUnregister, dispatcher);
  AddHandler(parts, protocol::kGetConsumerListByGroup, HandleMemberList, dispatcher);
  AddHandler(parts, protocol::kCheckClientConfig, HandleCheckClient, dispatcher);
  AddHandler(parts, protocol::kLockBatchMq, HandleLock, dispatcher);
  AddHandler(parts, protocol::kUnlockBatchMq, HandleLock, dispatcher);
}

}  // namespace rewindmq::broker
