#include "broker/handlers/admin_handlers.h"
#include "broker/handlers/handler_util.h"
#include "broker/handlers/page.h"
#include "broker/topic/topic_rules.h"
#include "common/base/parse.h"
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

// Of one page, whatever is asked for (Java's splitMetadataSize).
constexpr int32_t kMaxPageTopics = 1000;

std::string TopicMissing(std::string_view topic) {
  return "topic[" + std::string(topic) + "] not exist";
}

Status CheckName(const std::string& topic) {
  REWIND_TRY(protocol::ValidateTopicName(topic));
  if (!protocol::IsSystemTopic(topic)) return Status::Ok();
  return {ErrorCode::kInvalidArgument, "The topic[" + topic + "] is conflict with system topic."};
}

// Answered, and false, when the topic may not be like that.
bool Accepted(const Status& valid, const Responder& responder) {
  if (!valid.ok()) responder.Fail(protocol::kInvalidParameter, valid.message());
  return valid.ok();
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
  if (!Accepted(CheckName(config.topic_name), responder)) return;
  if (!Accepted(CheckTopicLimits(config), responder)) return;
  auto existing = parts->topics->Find(config.topic_name);
  if (existing) config.attributes = existing->attributes;
  Status changed = ChangeAttributes(fields.TextOr("attributes", ""), !existing, &config.attributes);
  if (changed.ok()) changed = parts->topics->Put(std::move(config));
  Finish(responder, changed);
}

// All or none, unlike Java, which stops at the first topic that is already as it should be.
void HandleUpdateTopics(Parts* parts, const Command& request, const Responder& responder) {
  Result<std::vector<TopicConfig>> topics = protocol::DecodeTopicConfigList(request.body);
  if (!topics.ok()) {
    responder.Fail(protocol::kSystemError, topics.status().message());
    return;
  }
  for (TopicConfig& config : *topics) {
    if (!Accepted(CheckName(config.topic_name), responder)) return;
    if (!Accepted(CheckTopicLimits(config), responder)) return;
    auto existing = parts->topics->Find(config.topic_name);
    auto wanted = std::move(config.attributes);
    config.attributes.clear();
    if (existing) config.attributes = existing->attributes;
    Status changed = ChangeAttributes(wanted, !existing, &config.attributes);
    if (!changed.ok()) {
      responder.Fail(protocol::kSystemError, config.topic_name + ": " + changed.message());
      return;
    }
  }
  Finish(responder, parts->topics->PutAll(*topics));
}

void HandleDeleteTopic(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  std::string_view topic = fields.Text("topic");
  if (FailedHeader(fields, responder)) return;
  if (Trim(topic).empty()) {
    responder.Fail(protocol::kInvalidParameter, "The specified topic is blank.");
    return;
  }
  if (protocol::IsSystemTopic(topic)) {
    responder.Fail(protocol::kInvalidParameter,
                   "The topic[" + std::string(topic) + "] is conflict with system topic.");
    return;
  }
  Status removed = parts->topics->Remove(topic);
  if (removed.ok()) {
    parts->offsets->RemoveTopic(topic);
    parts->pull_offsets.RemoveTopic(topic);
    parts->stats->OnTopicDeleted(topic);
    // Before the queues go: to a replay they would look lost.
    parts->replays->OnDeleted();
    parts->store->DeleteQueues(topic);
    // Another topic of this name must not find the resets of this one after a crash.
    removed = parts->offsets->Persist();
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
  response.With("totalTopicNum", static_cast<int64_t>(table.topics.size()));
  Result<Page> page = ReadPage(request.fields, "topicSeq", "maxTopicNum", kMaxPageTopics);
  if (!page.ok()) {
    responder.Fail(protocol::kSystemError, page.status().message());
    return;
  }
  if (!page->whole) KeepPage(*page, table.data_version, &table.topics);
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
  stats.topic_put_tps = parts->stats->PutPerSecond(topic);
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
  AddHandler(parts, protocol::kUpdateAndCreateTopicList, HandleUpdateTopics, dispatcher);
  AddHandler(parts, protocol::kDeleteTopicInBroker, HandleDeleteTopic, dispatcher);
  AddHandler(parts, protocol::kGetTopicConfig, HandleGetTopic, dispatcher);
  AddHandler(parts, protocol::kGetAllTopicConfig, HandleAllTopics, dispatcher);
  AddHandler(parts, protocol::kGetTopicStatsInfo, HandleTopicStats, dispatcher);
  AddHandler(parts, protocol::kQueryTopicConsumeByWho, HandleGroupsOfTopic, dispatcher);
  AddHandler(parts, protocol::kGetSystemTopicListFromBroker, HandleSystemTopics, dispatcher);
}

}  // namespace rewindmq::broker
