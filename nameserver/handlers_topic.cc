// Lists of topics, and what administrators do to them here (codes 205, 206, 216, 224, 304, 327).

#include "common/base/log.h"
#include "common/protocol/lists.h"
#include "nameserver/handlers.h"

namespace rewindmq::nameserver {
namespace {

using protocol::FieldReader;
using protocol::MakeResponse;
using protocol::Outgoing;

Outgoing ListAnswer(const protocol::TopicList& list) {
  Outgoing response = MakeResponse(protocol::kSuccess);
  response.body = protocol::EncodeTopicList(list);
  return response;
}

Outgoing AllTopics(State* state, const Request&) {
  return ListAnswer({state->routes.Topics(), ""});
}

Outgoing TopicsByCluster(State* state, const Request& request) {
  FieldReader fields(request.command.fields);
  std::string cluster(fields.Text("cluster"));
  if (!fields.status().ok()) return Failure(fields.status());
  return ListAnswer({state->routes.TopicsOfCluster(cluster), ""});
}

Outgoing SystemTopics(State* state, const Request&) {
  return ListAnswer(state->routes.SystemTopics());
}

Outgoing DeleteTopic(State* state, const Request& request) {
  FieldReader fields(request.command.fields);
  std::string topic(fields.Text("topic"));
  std::string cluster(fields.TextOr("clusterName", ""));
  if (!fields.status().ok()) return Failure(fields.status());
  state->routes.DeleteTopic(topic, cluster);
  spdlog::info("topic {} deleted from the routes", topic);
  return MakeResponse(protocol::kSuccess);
}

Outgoing WipeWritePermission(State* state, const Request& request) {
  FieldReader fields(request.command.fields);
  std::string broker_name(fields.Text("brokerName"));
  if (!fields.status().ok()) return Failure(fields.status());
  int32_t count = state->routes.WipeWritePermission(broker_name);
  spdlog::info("{} topics of broker {} lost write permission", count, broker_name);
  return MakeResponse(protocol::kSuccess).With("wipeTopicCount", count);
}

Outgoing AddWritePermission(State* state, const Request& request) {
  FieldReader fields(request.command.fields);
  std::string broker_name(fields.Text("brokerName"));
  if (!fields.status().ok()) return Failure(fields.status());
  int32_t count = state->routes.AddWritePermission(broker_name);
  spdlog::info("{} topics of broker {} got write permission", count, broker_name);
  return MakeResponse(protocol::kSuccess).With("addTopicCount", count);
}

}  // namespace

void AddTopicHandlers(HandlerTable* table) {
  (*table)[protocol::kGetAllTopicListFromNameserver] = AllTopics;
  (*table)[protocol::kGetTopicsByCluster] = TopicsByCluster;
  (*table)[protocol::kGetSystemTopicListFromNameserver] = SystemTopics;
  (*table)[protocol::kDeleteTopicInNameserver] = DeleteTopic;
  (*table)[protocol::kWipeWritePermOfBroker] = WipeWritePermission;
  (*table)[protocol::kAddWritePermOfBroker] = AddWritePermission;
}

}  // namespace rewindmq::nameserver
