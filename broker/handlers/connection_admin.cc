// Who is connected: consumers of a group (203), producers of a group (204) and all (328).

#include "broker/handlers/admin_handlers.h"
#include "broker/handlers/handler_util.h"
#include "common/protocol/admin_bodies.h"
#include "common/protocol/connections.h"
#include "common/remoting/connection.h"

namespace rewindmq::broker {

using protocol::Command;
using protocol::FieldReader;
using remoting::Responder;

namespace {

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

void HandleAllProducers(Parts* parts, const Command&, const Responder& responder) {
  // Heartbeats are noted on the steady clock; tools show the time of day.
  int64_t wall_minus_steady_ms = parts->clock->WallMs() - parts->clock->SteadyMs();
  std::map<std::string, std::vector<protocol::ProducerInfo>> groups;
  for (const auto& [group, clients] : parts->producers.All()) {
    for (const ProducerClient& client : clients) {
      // As Java prints a socket address.
      groups[group].push_back({client.shown.client_id, "/" + client.shown.client_addr,
                               client.shown.language, client.shown.version,
                               client.last_heartbeat_ms + wall_minus_steady_ms});
    }
  }
  SendBody(responder, protocol::EncodeProducerTable(groups));
}

}  // namespace

void AddConnectionAdminHandlers(Parts* parts, remoting::Dispatcher* dispatcher) {
  AddHandler(parts, protocol::kGetConsumerConnectionList, HandleConsumerConnections, dispatcher);
  AddHandler(parts, protocol::kGetProducerConnectionList, HandleProducerConnections, dispatcher);
  AddHandler(parts, protocol::kGetAllProducerInfo, HandleAllProducers, dispatcher);
}

}  // namespace rewindmq::broker
