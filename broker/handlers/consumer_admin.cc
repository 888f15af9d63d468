#include "broker/handlers/admin_handlers.h"
#include "broker/handlers/handler_util.h"
#include "common/protocol/connections.h"
#include "common/protocol/offset_tables.h"
#include "common/remoting/connection.h"

namespace rewindmq::broker {

using protocol::Command;
using protocol::FieldReader;
using remoting::Responder;

namespace {

constexpr int32_t kRelayTimeoutMs = 10'000;

void HandleConsumerConnections(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  std::string_view group = fields.Text("consumerGroup");
  if (FailedHeader(fields, responder)) return;
  auto members = parts->consumers.Find(group);
  if (!members) {
    responder.Fail(protocol::kConsumerNotOnline,
                   "the consumer group[" + std::string(group) + "] not online");
    return;
  }
  protocol::ConsumerConnection connection;
  connection.consume_type = members->consume_type;
  connection.message_model = members->message_model;
  connection.consume_from_where = members->consume_from_where;
  for (const auto& [topic, data] : members->subscriptions) {
    connection.subscription_table[topic] = *data;
  }
  for (const auto& [id, client] : members->clients) {
    connection.connections.push_back(
        {client.client_id, client.connection->remote_address(), client.language, client.version});
  }
  SendBody(responder, protocol::EncodeConsumerConnection(connection));
}

void HandleProducerConnections(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  std::string_view group = fields.Text("producerGroup");
  if (FailedHeader(fields, responder)) return;
  protocol::ProducerConnection connection;
  connection.connections = parts->producers.Find(group);
  if (connection.connections.empty()) {
    responder.Fail(protocol::kSystemError,
                   "the producer group[" + std::string(group) + "] not exist");
    return;
  }
  SendBody(responder, protocol::EncodeProducerConnection(connection));
}

void AddTopicTo(const Parts& parts, const std::string& group, const std::string& topic,
                protocol::ConsumeStats* stats) {
  auto config = parts.topics->Find(topic);
  if (!config) return;
  // What an online group has stopped subscribing is no lag of its.
  auto subscription = parts.consumers.FindSubscription(group, topic);
  if (subscription.group_online && subscription.data == nullptr) return;
  for (int32_t queue_id = 0; queue_id < config->read_queue_nums; ++queue_id) {
    protocol::OffsetWrapper offset;
    offset.broker_offset = parts.store->MaxOffset(topic, queue_id);
    offset.consumer_offset = parts.offsets->Find(group, topic, queue_id).value_or(0);
    offset.pull_offset = offset.consumer_offset;
    if (offset.consumer_offset > 0) {
      offset.last_timestamp_ms =
          parts.store->StoreTimestampAt(topic, queue_id, offset.consumer_offset - 1).value_or(0);
    }
    stats->offset_table[{topic, parts.options.broker_name, queue_id}] = offset;
  }
}

void HandleConsumeStats(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  std::string group(fields.Text("consumerGroup"));
  std::string topic(fields.TextOr("topic", ""));
  if (FailedHeader(fields, responder)) return;
  protocol::ConsumeStats stats;
  std::vector<std::string> topics = {topic};
  if (topic.empty()) topics = parts->offsets->TopicsOf(group);
  for (const std::string& one : topics) AddTopicTo(*parts, group, one, &stats);
  SendBody(responder, protocol::EncodeConsumeStats(stats));
}

// Hands the question to the client that it is about, and the client's answer back.
void HandleRunningInfo(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  std::string group(fields.Text("consumerGroup"));
  std::string client_id(fields.Text("clientId"));
  if (FailedHeader(fields, responder)) return;
  std::string who = "The Consumer <" + group + "> <" + client_id + ">";
  auto members = parts->consumers.Find(group);
  const ConsumerClient* target = nullptr;
  if (members) {
    for (const auto& [id, client] : members->clients) {
      if (client.client_id == client_id) target = &client;
    }
  }
  if (target == nullptr) {
    responder.Fail(protocol::kSystemError, who + " not online");
    return;
  }
  if (target->version < protocol::kVersion3_1_8Snapshot) {
    responder.Fail(protocol::kSystemError, who + " Version too low to finish, please upgrade it");
    return;
  }
  auto question = protocol::MakeRequest(request.code);
  for (const auto& field : request.fields) {
    question.With(std::string(field.name), std::string(field.value));
  }
  question.body = request.body;
  target->connection->Invoke(
      std::move(question), kRelayTimeoutMs, [responder, who](Result<remoting::Reply> reply) {
        if (!reply.ok()) {
          responder.Fail(protocol::kConsumeMsgTimeout, who + " " + reply.status().message());
          return;
        }
        auto answer =
            protocol::MakeResponse(reply->command.code, std::string(reply->command.remark));
        answer.body = reply->command.body;
        responder.Send(std::move(answer));
      });
}

}  // namespace

void AddConsumerAdminHandlers(Parts* parts, remoting::Dispatcher* dispatcher) {
  AddHandler(parts, protocol::kGetConsumerConnectionList, HandleConsumerConnections, dispatcher);
  AddHandler(parts, protocol::kGetProducerConnectionList, HandleProducerConnections, dispatcher);
  AddHandler(parts, protocol::kGetConsumeStats, HandleConsumeStats, dispatcher);
  AddHandler(parts, protocol::kGetConsumerRunningInfo, HandleRunningInfo, dispatcher);
}

}  // namespace rewindmq::broker
