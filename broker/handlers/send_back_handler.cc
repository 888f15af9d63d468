#include "broker/handlers/send_back_handler.h"

#include "broker/handlers/handler_util.h"
#include "broker/handlers/message_hosts.h"
#include "broker/handlers/send_checks.h"
#include "broker/send/recall_handle.h"
#include "broker/send/retry_message.h"
#include "common/base/log.h"
#include "common/protocol/properties_text.h"
#include "common/protocol/topic_names.h"

namespace rewindmq::broker {

using protocol::Command;
using protocol::FieldReader;
using protocol::TopicConfig;
using remoting::Responder;

namespace {

constexpr int32_t kUnitSubscription = 2;
constexpr std::string_view kRecallTag = "_RECALL_TAG_";
constexpr std::string_view kRecallBody = "0";

// Spreads retries over their queues; one counter for all groups is enough.
int32_t NextQueue(int32_t queue_nums) {
  static std::atomic<uint32_t> next{0};
  return static_cast<int32_t>(next++ % static_cast<uint32_t>(queue_nums));
}

struct SendBackRequest {
  int64_t offset = 0;
  std::string group;
  int32_t delay_level = 0;
  bool unit_mode = false;
  std::optional<int32_t> max_reconsume_times;
};

SendBackRequest ReadSendBack(FieldReader* fields, const Command& command) {
  SendBackRequest request;
  request.offset = fields->Int64("offset");
  request.group = fields->Text("group");
  request.delay_level = fields->Int32("delayLevel");
  request.unit_mode = fields->BoolOr("unitMode", false);
  if (command.fields.Find("maxReconsumeTimes") != nullptr) {
    request.max_reconsume_times = fields->Int32("maxReconsumeTimes");
  }
  return request;
}

Result<TopicConfig> RetryTopicOf(Parts* parts, const SendBackRequest& request, int32_t queue_nums) {
  TopicConfig topic;
  topic.topic_name = protocol::RetryTopic(request.group);
  topic.read_queue_nums = queue_nums;
  topic.write_queue_nums = queue_nums;
  topic.perm = protocol::kPermRead | protocol::kPermWrite;
  topic.topic_sys_flag = request.unit_mode ? kUnitSubscription : 0;
  return parts->topics->FindOrAdd(topic);
}

// Stores the copy, and answers.
void PutBack(Parts* parts, const store::Record& record, const RetryRule& rule,
             int32_t retry_queue_nums, const Responder& responder) {
  InnerMessage message = RetryOf(record, rule);
  message.store_host = StoreHost(*parts);
  message.queue_id = NextQueue(retry_queue_nums);
  if (IsDead(record, rule)) {
    Result<TopicConfig> dead = parts->topics->FindOrAdd(DeadLetterTopic(rule.group));
    if (!dead.ok()) {
      responder.Fail(protocol::kSystemError,
                     "topic[" + message.topic + "] not exist: " + dead.status().message());
      return;
    }
    message.queue_id = NextQueue(kDlqQueueNums);
    spdlog::info("group {} gives up the message at {} of topic {} after {} times: it goes to {}",
                 rule.group, record.physical_offset, record.topic, record.reconsume_times,
                 message.topic);
  }
  store::PutResult put = parts->writer->Put(message);
  if (put.ok()) {
    parts->stats->OnSendBack(rule.group, OriginTopicOf(record));
    responder.Ok();
  } else {
    responder.Fail(protocol::kSystemError, put.error);
  }
}

void HandleSendBack(Parts* parts, const Command& command, const Responder& responder) {
  FieldReader fields(command.fields);
  SendBackRequest request = ReadSendBack(&fields, command);
  if (FailedHeader(fields, responder)) return;
  auto group = parts->groups->FindOrCreate(request.group);
  if (!group) {
    responder.Fail(protocol::kSubscriptionGroupNotExist,
                   WithFaq("subscription group not exist, " + request.group + " "));
    return;
  }
  if (Refusal refusal = CheckBrokerTakes(*parts); refusal.code != protocol::kSuccess) {
    responder.Fail(refusal.code, refusal.remark);
    return;
  }
  if (group->retry_queue_nums <= 0) {
    responder.Ok();
    return;
  }
  Result<TopicConfig> retry = RetryTopicOf(parts, request, group->retry_queue_nums);
  if (!retry.ok()) {
    responder.Fail(protocol::kSystemError, "topic[" + protocol::RetryTopic(request.group) +
                                               "] not exist: " + retry.status().message());
    return;
  }
  if ((retry->perm & protocol::kPermWrite) == 0) {
    responder.Fail(protocol::kNoPermission,
                   "the topic[" + retry->topic_name + "] sending message is forbidden");
    return;
  }
  std::optional<store::RecordView> view = parts->store->RecordAt(request.offset);
  Result<store::Record> record =
      view ? store::DecodeRecord(view->bytes, store::CrcCheck::kVerify)
           : Result<store::Record>(Status(ErrorCode::kNotFound, "no message starts there"));
  if (!record.ok()) {
    responder.Fail(protocol::kSystemError,
                   "look message by offset failed, " + std::to_string(request.offset));
    return;
  }
  RetryRule rule{
      request.group, request.delay_level,
      MaxReconsumeTimes(group->retry_max_times, request.max_reconsume_times, command.version)};
  PutBack(parts, *record, rule, group->retry_queue_nums, responder);
}

// A message for the same time that takes the other one back.
InnerMessage RecallMessage(const Parts& parts, const RecallHandle& handle,
                           std::string_view producer_group, const Responder& responder) {
  InnerMessage message;
  message.topic = handle.topic;
  message.body = kRecallBody;
  message.tags_code = store::TagsCode(kRecallTag);
  message.born_timestamp_ms = parts.clock->WallMs();
  message.born_host = BornHost(responder);
  message.store_host = StoreHost(parts);
  message.properties = protocol::BuildProperties(
      {{std::string(store::kPropertyTags), std::string(kRecallTag)},
       {std::string(kPropertyTimerDeleteKey), handle.unique_key},
       {std::string(kPropertyUniqueKey), handle.unique_key},
       {std::string(kPropertyTimerDeliverMs), std::to_string(handle.timestamp_ms)},
       {"BORN_TIMESTAMP", std::to_string(message.born_timestamp_ms)},
       {std::string(kPropertyProducerGroup), std::string(producer_group)}});
  return message;
}

Status CheckRecall(const Parts& parts, const RecallHandle& handle, std::string_view topic) {
  auto bad = [](const char* why) {
    return Status(ErrorCode::kInvalidArgument, std::string("recall failed, ") + why);
  };
  if (topic != handle.topic) return bad("topic not match");
  if (handle.broker_name != parts.options.broker_name) return bad("broker service not available");
  int64_t left_ms = handle.timestamp_ms - parts.clock->WallMs();
  if (left_ms <= 0 || left_ms >= parts.options.delivery.timers.max_delay_sec * 1000) {
    return bad("timestamp invalid");
  }
  return Status::Ok();
}

void HandleRecall(Parts* parts, const Command& command, const Responder& responder) {
  FieldReader fields(command.fields);
  std::string_view topic = fields.Text("topic");
  std::string_view text = fields.Text("recallHandle");
  std::string_view producer_group = fields.TextOr("producerGroup", "");
  if (FailedHeader(fields, responder)) return;
  if (!parts->topics->Find(topic)) {
    responder.Fail(protocol::kTopicNotExist,
                   "recall failed, the topic[" + std::string(topic) + "] not exist");
    return;
  }
  Result<RecallHandle> handle = DecodeRecallHandle(text);
  Status valid = handle.ok() ? CheckRecall(*parts, *handle, topic) : handle.status();
  if (!valid.ok()) {
    responder.Fail(protocol::kIllegalOperation, valid.message());
    return;
  }
  store::PutResult put =
      parts->writer->Put(RecallMessage(*parts, *handle, producer_group, responder));
  if (!put.ok()) {
    responder.Fail(protocol::kSystemError, "recall failed, execute error: " + put.error);
    return;
  }
  auto response = protocol::MakeResponse(protocol::kSuccess);
  response.With("msgId", handle->unique_key).With("MSG_REGION", parts->options.region_id);
  responder.Send(std::move(response));
}

void HandleDelayOffsets(Parts* parts, const Command&, const Responder& responder) {
  SendBody(responder, EncodeDelayOffsets(parts->delays->Offsets()));
}

}  // namespace

void AddSendBackHandlers(Parts* parts, remoting::Dispatcher* dispatcher) {
  AddHandler(parts, protocol::kConsumerSendMsgBack, HandleSendBack, dispatcher);
  AddHandler(parts, protocol::kRecallMessage, HandleRecall, dispatcher);
  AddHandler(parts, protocol::kGetAllDelayOffset, HandleDelayOffsets, dispatcher);
}

}  // namespace rewindmq::broker
