#include "common/protocol/lock_batch.h"

#include "common/protocol/java_json.h"
#include "common/protocol/json_writer.h"

namespace rewindmq::protocol {
namespace {

using nlohmann::json;

void WriteQueues(std::string_view key, const std::vector<MessageQueue>& queues,
                 JsonWriter* writer) {
  writer->Key(key);
  writer->BeginArray();
  for (const MessageQueue& queue : queues) writer->Raw(queue.ToJsonKey());
  writer->EndArray();
}

Result<std::vector<MessageQueue>> ReadQueues(const char* key, JsonMembers* members) {
  std::vector<MessageQueue> queues;
  const json* array = members->Array(key);
  if (array == nullptr) return queues;
  for (const json& item : *array) {
    REWIND_TRY_ASSIGN(MessageQueue queue, MessageQueueFromJson(item));
    queues.push_back(std::move(queue));
  }
  return queues;
}

}  // namespace

std::string EncodeLockBatchRequest(const LockBatchRequest& request) {
  JsonWriter writer;
  writer.BeginObject();
  writer.Member("clientId", request.client_id);
  writer.Member("consumerGroup", request.consumer_group);
  WriteQueues("mqSet", request.queues, &writer);
  writer.Member("onlyThisBroker", request.only_this_broker);
  writer.EndObject();
  return writer.Take();
}

Result<LockBatchRequest> DecodeLockBatchRequest(std::string_view text) {
  REWIND_TRY_ASSIGN(json object, ParseJavaObject(text));
  JsonMembers members(object);
  LockBatchRequest request;
  request.consumer_group = members.Text("consumerGroup");
  request.client_id = members.Text("clientId");
  REWIND_TRY_ASSIGN(request.queues, ReadQueues("mqSet", &members));
  request.only_this_broker = members.Bool("onlyThisBroker");
  REWIND_TRY(members.status());
  return request;
}

std::string EncodeLockBatchResponse(const LockBatchResponse& response) {
  JsonWriter writer;
  writer.BeginObject();
  WriteQueues("lockOKMQSet", response.locked_queues, &writer);
  writer.EndObject();
  return writer.Take();
}

Result<LockBatchResponse> DecodeLockBatchResponse(std::string_view text) {
  REWIND_TRY_ASSIGN(json object, ParseJavaObject(text));
  JsonMembers members(object);
  LockBatchResponse response;
  REWIND_TRY_ASSIGN(response.locked_queues, ReadQueues("lockOKMQSet", &members));
  REWIND_TRY(members.status());
  return response;
}

}  // namespace rewindmq::protocol
