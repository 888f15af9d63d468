// Where topics and brokers are (codes 105, 106).

#include "nameserver/handlers.h"

namespace rewindmq::nameserver {
namespace {

using protocol::FieldReader;
using protocol::MakeResponse;
using protocol::Outgoing;

constexpr char kNoRoute[] = "No topic route info in name server for the topic: ";
// Apache's own page, in Apache's own words: users search for this text.
constexpr char kNoRouteHelp[] =
    "\nSee https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details.";

Outgoing RouteOfTopic(State* state, const Request& request) {
  FieldReader fields(request.command.fields);
  std::string topic(fields.Text("topic"));
  bool standard_json = fields.BoolOr("acceptStandardJsonOnly", false);
  if (!fields.status().ok()) return Failure(fields.status());
  std::optional<protocol::TopicRouteData> route = state->routes.Route(topic);
  if (!route) return MakeResponse(protocol::kTopicNotExist, kNoRoute + topic + kNoRouteHelp);
  if (state->options.order_message_enable) {
    route->order_topic_conf = state->kv.Find(kOrderTopicNamespace, topic).value_or("");
  }
  Outgoing response = MakeResponse(protocol::kSuccess);
  bool quoted_keys = standard_json || request.command.version >= protocol::kVersion4_9_4;
  response.body = protocol::EncodeTopicRouteData(*route, quoted_keys);
  return response;
}

Outgoing BrokerClusterInfo(State* state, const Request&) {
  Outgoing response = MakeResponse(protocol::kSuccess);
  response.body = protocol::EncodeClusterInfo(state->routes.Clusters());
  return response;
}

}  // namespace

void AddRouteHandlers(HandlerTable* table) {
  (*table)[protocol::kGetRouteInfoByTopic] = RouteOfTopic;
  (*table)[protocol::kGetBrokerClusterInfo] = BrokerClusterInfo;
}

}  // namespace rewindmq::nameserver
