#include "broker/handlers/reply_handlers.h"

#include <algorithm>

#include "broker/handlers/handler_util.h"
#include "broker/handlers/message_hosts.h"
#include "broker/reply/reply_push.h"
#include "broker/send/inner_message.h"
#include "broker/send/message_id.h"
#include "common/base/log.h"
#include "common/remoting/connection.h"

namespace rewindmq::broker {

using protocol::Command;
using protocol::MakeResponse;
using protocol::Outgoing;
using remoting::Responder;

namespace {

Outgoing AnswerWith(const Parts& parts, int32_t code, std::string remark) {
  Outgoing response = MakeResponse(code, std::move(remark));
  response.With("MSG_REGION", parts.options.region_id)
      .With("TRACE_ON", parts.options.trace_on ? "true" : "false");
  return response;
}

// The reply as a message of its topic.
InnerMessage MessageOf(const Parts& parts, const SendRequest& request, std::string_view body,
                       int32_t queue_id, const Responder& responder) {
  InnerMessage message;
  message.topic = request.topic;
  message.queue_id = queue_id;
  message.flag = request.flag;
  message.born_timestamp_ms = request.born_timestamp_ms;
  message.store_host = StoreHost(parts);
  message.born_host = BornHost(responder);
  message.reconsume_times = request.reconsume_times;
  message.body = body;
  message.properties = request.properties;
  message.tags_code = store::TagsCode(
      store::FindProperty(request.properties, store::kPropertyTags).value_or(std::string_view()));
  return message;
}

// Stores the reply when that is wanted, and says how the push went. As in Java, a reply that
// cannot be stored is none the worse for the client that has it.
void StoreAndAnswer(Parts* parts, const InnerMessage& message, const std::string& push_error,
                    const Responder& responder) {
  bool pushed = push_error.empty();
  std::string id = "0";
  int64_t queue_offset = 0;
  bool has_place = pushed;
  if (parts->options.store_replies) {
    store::PutResult put = parts->writer->Put(message);
    if (put.ok()) {
      id = OffsetMessageId(message.store_host, put.physical_offsets.front());
      queue_offset = put.queue_offset;
      has_place = true;
    } else {
      spdlog::warn("a reply in topic {} is not stored: {}", message.topic, put.error);
    }
  }
  Outgoing response =
      AnswerWith(*parts, pushed ? protocol::kSuccess : protocol::kSystemError, push_error);
  if (has_place) {
    response.With("msgId", id).With("queueId", message.queue_id).With("queueOffset", queue_offset);
  }
  responder.Send(std::move(response));
}

void Push(Parts* parts, const SendRequest& request, InnerMessage message,
          const Responder& responder) {
  auto reply_to = store::FindProperty(request.properties, kPropertyReplyTo);
  if (!reply_to || reply_to->empty()) {
    StoreAndAnswer(parts, message, "reply message properties[REPLY_TO_CLIENT] is null", responder);
    return;
  }
  std::string client_id(*reply_to);
  auto connection = parts->producers.FindClient(client_id);
  if (connection == nullptr) {
    StoreAndAnswer(parts, message,
                   "push reply message fail, channel of <" + client_id + "> not found.", responder);
    return;
  }
  ReplyHosts hosts{responder.connection()->remote_address(), parts->options.Address()};
  Outgoing push = MakeReplyPush(request, message.body, hosts, parts->clock->WallMs());
  connection->Invoke(
      std::move(push), kReplyTimeoutMs,
      [parts, client_id, message = std::move(message), responder](Result<remoting::Reply> reply) {
        bool pushed = reply.ok() && reply->command.code == protocol::kSuccess;
        StoreAndAnswer(parts, message, pushed ? "" : "push reply message to " + client_id + "fail.",
                       responder);
      });
}

void HandleReply(Parts* parts, const Command& command, const Responder& responder) {
  Result<SendRequest> request = ReadSendRequest(command);
  if (!request.ok()) {
    responder.Fail(protocol::kSystemError, request.status().message());
    return;
  }
  auto topic = parts->topics->FindOrCreate(request->topic, request->default_topic,
                                           request->default_topic_queue_nums);
  if (!topic.ok()) {
    bool missing = topic.status().code() == ErrorCode::kNotFound;
    responder.Send(
        missing ? AnswerWith(*parts, protocol::kTopicNotExist, WithFaq(topic.status().message()))
                : AnswerWith(*parts, protocol::kInvalidParameter, topic.status().message()));
    return;
  }
  int32_t queues = std::max(topic->read_queue_nums, topic->write_queue_nums);
  if (request->queue_id >= queues) {
    responder.Send(AnswerWith(*parts, protocol::kInvalidParameter,
                              "request queueId[" + std::to_string(request->queue_id) +
                                  "] is illegal, the topic has " + std::to_string(queues) +
                                  " queues"));
    return;
  }
  InnerMessage message =
      MessageOf(*parts, *request, command.body, std::max(request->queue_id, 0), responder);
  Push(parts, *request, std::move(message), responder);
}

}  // namespace

void AddReplyHandlers(Parts* parts, remoting::Dispatcher* dispatcher) {
  AddHandler(parts, protocol::kSendReplyMessage, HandleReply, dispatcher);
  AddHandler(parts, protocol::kSendReplyMessageV2, HandleReply, dispatcher);
}

}  // namespace rewindmq::broker
