// The store as tools see it: units of a queue (321), cleaning (306, 316, 329), a message by the
// place in the log that its id names (33).

#include "broker/handlers/admin_handlers.h"
#include "broker/handlers/handler_util.h"
#include "common/base/log.h"
#include "common/protocol/admin_bodies.h"
#include "common/protocol/topic_names.h"

namespace rewindmq::broker {

using protocol::Command;
using protocol::FieldReader;
using remoting::Responder;

namespace {

// Of one answer; a tool that wants more asks again.
constexpr int32_t kMaxUnits = 10'000;

void HandleQueryQueue(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  std::string topic(fields.Text("topic"));
  int32_t queue_id = fields.Int32("queueId");
  int64_t index = fields.Int64("index");
  int32_t count = fields.Int32("count");
  std::string group(fields.TextOr("consumerGroup", ""));
  if (FailedHeader(fields, responder)) return;
  const store::MessageStore& store = *parts->store;
  std::string name = std::to_string(queue_id) + "@" + topic;
  if (!store.HasQueue(topic, queue_id)) {
    responder.Fail(protocol::kSystemError, name + " is not exist!");
    return;
  }
  protocol::ConsumeQueueAnswer answer;
  answer.min_index = store.MinOffset(topic, queue_id);
  answer.max_index = store.MaxOffset(topic, queue_id);
  if (!group.empty()) {
    auto found = parts->consumers.FindSubscription(group, topic);
    answer.filter_data = found.data == nullptr ? group + "@" + topic + " is not online!" : "null";
    if (found.data != nullptr) answer.subscription = *found.data;
  }
  if (index < answer.min_index || index > answer.max_index) {
    responder.Send(protocol::MakeResponse(
        protocol::kSuccess, "Index " + std::to_string(index) + " of " + name + " is not exist!"));
    return;
  }
  count = std::min(count, kMaxUnits);
  for (const store::ConsumeQueueUnit& unit : store.QueueUnits(topic, queue_id, index, count)) {
    answer.entries.push_back({unit.physical_offset, unit.record_bytes, unit.tags_code});
  }
  SendBody(responder, protocol::EncodeConsumeQueueAnswer(answer));
}

void HandleCleanQueues(Parts* parts, const Command&, const Responder& responder) {
  parts->store->CleanSoon(false);
  responder.Ok();
}

void HandleDeleteExpired(Parts* parts, const Command&, const Responder& responder) {
  parts->store->CleanSoon(true);
  responder.Ok();
}

// Queues of topics that nobody knows any more.
void HandleCleanUnused(Parts* parts, const Command&, const Responder& responder) {
  for (const std::string& topic : parts->store->QueueTopics()) {
    if (parts->topics->Find(topic) || protocol::IsSystemTopic(topic)) continue;
    spdlog::info("the queues of topic {} are deleted: the topic does not exist", topic);
    parts->store->DeleteQueues(topic);
  }
  responder.Ok();
}

void HandleViewMessage(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  int64_t offset = fields.Int64("offset");
  if (FailedHeader(fields, responder)) return;
  auto record = parts->store->RecordAt(offset);
  if (!record) {
    responder.Fail(protocol::kSystemError,
                   "can not find message by the offset, " + std::to_string(offset));
    return;
  }
  responder.Send(protocol::MakeResponse(protocol::kSuccess), {record->bytes}, {record->keep_alive});
}

}  // namespace

void AddStoreAdminHandlers(Parts* parts, remoting::Dispatcher* dispatcher) {
  AddHandler(parts, protocol::kQueryConsumeQueue, HandleQueryQueue, dispatcher);
  AddHandler(parts, protocol::kCleanExpiredConsumeQueue, HandleCleanQueues, dispatcher);
  AddHandler(parts, protocol::kDeleteExpiredCommitLog, HandleDeleteExpired, dispatcher);
  AddHandler(parts, protocol::kCleanUnusedTopic, HandleCleanUnused, dispatcher);
  AddHandler(parts, protocol::kViewMessageById, HandleViewMessage, dispatcher);
}

}  // namespace rewindmq::broker
