#include "common/protocol/message_queue.h"

#include "common/protocol/java_json.h"
#include "common/protocol/json_writer.h"

namespace rewindmq::protocol {

std::string MessageQueue::ToJsonKey() const {
  JsonWriter writer;
  writer.BeginObject();
  writer.Member("brokerName", broker_name);
  writer.Member("queueId", queue_id);
  writer.Member("topic", topic);
  writer.EndObject();
  return writer.Take();
}

Result<MessageQueue> MessageQueueFromJson(const nlohmann::json& object) {
  JsonMembers members(object);
  MessageQueue queue;
  queue.topic = members.Text("topic");
  queue.broker_name = members.Text("brokerName");
  queue.queue_id = members.Int32("queueId");
  REWIND_TRY(members.status());
  return queue;
}

Result<MessageQueue> MessageQueueFromKey(const std::string& key) {
  REWIND_TRY_ASSIGN(nlohmann::json object, ParseJavaObject(key));
  return MessageQueueFromJson(object);
}

}  // namespace rewindmq::protocol
