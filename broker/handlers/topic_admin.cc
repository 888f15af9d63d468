#include "broker/handlers/admin_handlers.h"
#include "broker/handlers/handler_util.h"
#include "common/protocol/lists.h"
#include "common/protocol/offset_tables.h"
#include "common/protocol/properties_text.h"
#include "common/protocol/topic_names.h"

namespace rewindmq::broker {

using protocol::Command;
using protocol::FieldReader;
using protocol::TopicConfig;
using remoting::Responder;

namespace {

constexpr int32_t kMaxQueueNums = 1024;

std::string TopicMissing(std::string_view topic) {
  return "topic[" + std::string(topic) + "] not exist";
}

// "+key=value,-key": what 5.x tools say of a topic's attributes.
void ApplyAttributes(std::string_view changes, TopicConfig* config) {
  for (const std::string& change : SplitTrimmed(changes, ',')) {
    size_t equals = change.find('=');
    if (change[0] == '-') {
      config->attributes.erase(change.substr(1));
    } else if (equals != std::string::npos) {
      size_t start = change[0] == '+' ? 1 : 0;
      config->attributes[change.substr(start, equals - start)] = change.substr(equals + 1);
    }
  }
}

void HandleUpdateTopic(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  TopicConfig config;
  config.topic_name = fields.Text("topic");
  config.read_queue_nums = fields.Int32("readQueueNums");
  config.write_queue_nums = fields.Int32("writeQueueNums");
  config.perm = fields.Int32("perm");
  config.topic_filter_type = fields.TextOr("topicFilterType", "SINGLE_TAG");
  config.topic_sys_flag = fields.Int32Or("topicSysFlag", 0);
  config.order = fields.BoolOr("order", false);
  if (FailedHeader(fields, responder)) return;
  if (Status name = protocol::ValidateTopicName(config.topic_name); !name.ok()) {
    responder.Fail(protocol::kInvalidParameter, name.message());
    return;
  }
  if (protocol::IsSystemTopic(config.topic_name)) {
    responder.Fail(protocol::kInvalidParameter,
                   "The topic[" + config.topic_name + "] is conflict with system topic.");
    return;
  }
  bool sound = config.read_queue_nums >= 0 && config.read_queue_nums <= kMaxQueueNums &&
               config.write_queue_nums >= 0 && config.write_queue_nums <= kMaxQueueNums;
  if (!sound) {
    responder.Fail(protocol::kInvalidParameter, "readQueueNums and writeQueueNums must be 0 to " +
                                                    std::to_string(kMaxQueueNums));
    return;
  }
  if (auto existing = parts->topics->Find(config.topic_name)) {
    config.attributes = existing->attributes;
  }
  ApplyAttributes(fields.TextOr("attributes", ""), &config);
  Finish(responder, parts->topics->Put(std::move(config)));
}

void HandleDeleteTopic(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  std::string_view topic = fields.Text("topic");
  if (FailedHeader(fields, responder)) return;
  if (protocol::IsSystemTopic(topic)) {
    responder.Fail(protocol::kInvalidParameter,
                   "The topic[" + std::string(topic) + "] is conflict with system topic.");
    return;
  }
  Status removed = parts->topics->Remove(topic);
  if (removed.ok()) {
    parts->offsets->RemoveTopic(topic);
    parts->store->DeleteQueues(topic);
  }
  Finish(responder, removed);
}

void HandleGetTopic(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  std::string_view topic = fields.Text("topic");
  if (FailedHeader(fields, responder)) return;
  auto config = parts->topics->Find(topic);
  if (!config) {
    responder.Fail(protocol::kTopicNotExist,
                   "No topic in this broker. topic: " + std::string(topic));
    return;
  }
  SendBody(responder, protocol::EncodeTopicConfig(*config));
}

void HandleAllTopics(Parts* parts, const Command& request, const Responder& responder) {
  protocol::TopicConfigTable table = parts->topics->Snapshot();
  auto response = protocol::MakeResponse(protocol::kSuccess);
  // 5.x asks page by page; everything at once is a page that holds all.
  if (request.fields.Find("topicSeq") != nullptr) {
    response.With("totalTopicNum", static_cast<int64_t>(table.topics.size()));
  }
  response.body = protocol::EncodeTopicConfigTable(table);
  responder.Send(std::move(response));
}

void HandleTopicStats(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  std::string topic(fields.Text("topic"));
  if (FailedHeader(fields, responder)) return;
  auto config = parts->topics->Find(topic);
  if (!config) {
    responder.Fail(protocol::kTopicNotExist, TopicMissing(topic));
    return;
  }
  protocol::TopicStatsTable stats;
  const store::MessageStore& store = *parts->store;
  int32_t queues = std::max(config->read_queue_nums, config->write_queue_nums);
  for (int32_t queue_id = 0; queue_id < queues; ++queue_id) {
    protocol::TopicOffset offset;
    offset.min_offset = store.MinOffset(topic, queue_id);
    offset.max_offset = store.MaxOffset(topic, queue_id);
    if (offset.max_offset > 0) {
      offset.last_update_timestamp_ms =
          store.StoreTimestampAt(topic, queue_id, offset.max_offset - 1).value_or(0);
    }
    stats.offset_table[{topic, parts->options.broker_name, queue_id}] = offset;
  }
  SendBody(responder, protocol::EncodeTopicStatsTable(stats));
}

void HandleGroupsOfTopic(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  std::string_view topic = fields.Text("topic");
  if (FailedHeader(fields, responder)) return;
  std::vector<std::string> groups = parts->consumers.GroupsOf(topic);
  for (std::string& group : parts->offsets->GroupsOf(topic)) {
    if (std::find(groups.begin(), groups.end(), group) == groups.end()) {
      groups.push_back(std::move(group));
    }
  }
  SendBody(responder, protocol::EncodeGroupList(groups));
}

void HandleSystemTopics(Parts* parts, const Command&, const Responder& responder) {
  protocol::TopicList list;
  for (const auto& [name, config] : parts->topics->Snapshot().topics) {
    bool own = name == parts->options.cluster_name || name == parts->options.broker_name;
    if (own || protocol::IsSystemTopic(name)) list.topics.push_back(name);
  }
  SendBody(responder, protocol::EncodeTopicList(list));
}

}  // namespace

void AddTopicAdminHandlers(Parts* parts, remoting::Dispatcher* dispatcher) {
  AddHandler(parts, protocol::kUpdateAndCreateTopic, HandleUpdateTopic, dispatcher);
  AddHandler(parts, protocol::kDeleteTopicInBroker, HandleDeleteTopic, dispatcher);
  AddHandler(parts, protocol::kGetTopicConfig, HandleGetTopic, dispatcher);
  AddHandler(parts, protocol::kGetAllTopicConfig, HandleAllTopics, dispatcher);
  AddHandler(parts, protocol::kGetTopicStatsInfo, HandleTopicStats, dispatcher);
  AddHandler(parts, protocol::kQueryTopicConsumeByWho, HandleGroupsOfTopic, dispatcher);
  AddHandler(parts, protocol::kGetSystemTopicListFromBroker, HandleSystemTopics, dispatcher);
}

}  // namespace rewindmq::broker
