// Lists of topics, and what administrators do to them here (codes 205, 206, 216, 217, 224,
// 304, 311, 312, 313, 327).

#include "common/base/log.h"
#include "common/protocol/lists.h"
#include "common/protocol/route_data.h"
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

// Bits of a topic's flag (TopicSysFlag): it belongs to a unit; units subscribe to it.
constexpr int32_t kUnitFlag = 1;
constexpr int32_t kUnitSubFlag = 2;

// Java's whole answer when lists are switched off.
Outgoing Disabled() { return MakeResponse(protocol::kSystemError, "disable"); }

Outgoing AllTopics(State* state, const Request&) {
  if (!state->options.enable_all_topic_list) return Disabled();
  return ListAnswer({state->routes.Topics(), ""});
}

Outgoing TopicsByCluster(State* state, const Request& request) {
  if (!state->options.enable_topic_list) return Disabled();
  FieldReader fields(request.command.fields);
  std::string cluster(fields.Text("cluster"));
  if (!fields.status().ok()) return Failure(fields.status());
  return ListAnswer({state->routes.TopicsOfCluster(cluster), ""});
}

template <int32_t set, int32_t clear>
Outgoing TopicsByFlag(State* state, const Request&) {
  if (!state->options.enable_topic_list) return Disabled();
  return ListAnswer({state->routes.TopicsByFlag(set, clear), ""});
}

Outgoing SystemTopics(State* state, const Request&) {
  return ListAnswer(state->routes.SystemTopics());
}

Outgoing RegisterTopic(State* state, const Request& request) {
  FieldReader fields(request.command.fields);
  std::string topic(fields.Text("topic"));
  if (!fields.status().ok()) return Failure(fields.status());
  auto route = protocol::DecodeTopicRouteData(request.command.body);
  if (!route.ok()) return Failure(route.status());
  if (!state->routes.RegisterTopic(topic, route->queue_datas)) {
    spdlog::warn("topic {} was registered at a broker that is not known", topic);
  }
  return MakeResponse(protocol::kSuccess);
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
  (*table)[protocol::kRegisterTopicInNameserver] = RegisterTopic;
  (*table)[protocol::kGetUnitTopicList] = TopicsByFlag<kUnitFlag, 0>;
  (*table)[protocol::kGetHasUnitSubTopicList] = TopicsByFlag<kUnitSubFlag, 0>;
  (*table)[protocol::kGetHasUnitSubUnunitTopicList] = TopicsByFlag<kUnitSubFlag, kUnitFlag>;
  (*table)[protocol::kWipeWritePermOfBroker] = WipeWritePermission;
  (*table)[protocol::kAddWritePermOfBroker] = AddWritePermission;
}

}  // namespace rewindmq::nameserver
