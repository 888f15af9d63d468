#include "broker/handlers/send_handlers.h"

#include <algorithm>
#include <atomic>

#include "broker/handlers/message_hosts.h"
#include "broker/handlers/send_checks.h"
#include "broker/send/batch.h"
#include "broker/send/message_id.h"
#include "broker/send/recall_handle.h"
#include "broker/send/send_request.h"
#include "broker/transaction/half_message.h"
#include "common/protocol/properties_text.h"
#include "common/protocol/topic_names.h"

namespace rewindmq::broker {

using protocol::Command;
using protocol::MakeResponse;
using protocol::Outgoing;
using protocol::TopicConfig;
using remoting::Responder;

namespace {

// Of the answer to a send.
struct Sent {
  int32_t queue_id = 0;
  std::string_view unique_key;
  std::string recall_handle;
  bool waits_for_disk = true;
};

// A retry with a delay is no half of a transaction, whatever its first message was.
bool IsHalf(const SendRequest& request, const SendProperties& properties) {
  return properties.IsTransaction() &&
         (request.reconsume_times <= 0 || properties.DelayLevel().value_or(0) <= 0);
}

Refusal CheckHalf(const Parts& parts, bool is_half) {
  if (!is_half || !parts.options.reject_transactions) return {};
  return {protocol::kNoPermission, "the broker[" + parts.options.advertised_ip +
                                       "] sending transaction message is forbidden"};
}

// Of an item of a batch: nothing that is stored elsewhere than the others.
Refusal CheckItem(const SendProperties& properties) {
  if (properties.DelayLevel() != 0 || properties.IsTimer()) {
    return {protocol::kMessageIllegal, "a batch cannot hold delayed messages"};
  }
  if (properties.IsTransaction()) {
    return {protocol::kMessageIllegal, "a batch cannot hold transactional messages"};
  }
  return {};
}

Outgoing Success(const Parts& parts, const store::PutResult& put,
                 const store::HostAddress& store_host, Sent* sent) {
  std::string ids;
  for (int64_t offset : put.physical_offsets) {
    if (!ids.empty()) ids += ',';
    ids += OffsetMessageId(store_host, offset);
  }
  Outgoing response = MakeResponse(protocol::kSuccess);
  response.With("queueId", sent->queue_id)
      .With("TRACE_ON", parts.options.trace_on ? "true" : "false")
      .With("MSG_REGION", parts.options.region_id)
      .With("msgId", std::move(ids))
      .With("queueOffset", put.queue_offset);
  if (!sent->unique_key.empty()) response.With("transactionId", std::string(sent->unique_key));
  if (!sent->recall_handle.empty()) {
    response.With("recallHandle", std::move(sent->recall_handle));
  }
  return response;
}

class SendHandler {
 public:
  explicit SendHandler(Parts* parts)
      : parts_(parts), gate_(parts->clock, parts->options.send_limits) {
    store_host_ = StoreHost(*parts);
  }

  void Handle(const Command& command, const Responder& responder) {
    SendGate::Pass pass = gate_.Enter(responder.connection()->last_active_ms());
    if (pass.refusal()) {
      responder.Fail(protocol::kSystemBusy, *pass.refusal());
      return;
    }
    Result<SendRequest> request = ReadSendRequest(command);
    if (!request.ok()) {
      responder.Fail(protocol::kSystemError, request.status().message());
      return;
    }
    Refusal refusal;
    TopicConfig topic = CheckSend(parts_, *request, &refusal);
    if (refusal.code == protocol::kSuccess) {
      refusal = request->batch ? SendBatch(command, *request, topic, responder)
                               : SendOne(command, *request, std::move(topic), responder);
    }
    if (refusal.code != protocol::kSuccess) Refuse(refusal.code, refusal.remark, responder);
  }

 private:
  store::MessageToPut MessageFor(const SendRequest& request, const TopicConfig& topic,
                                 const Responder& responder) {
    constexpr int32_t kMultiTags = 2;
    store::MessageToPut message;
    message.topic = topic.topic_name;
    message.queue_id = request.queue_id;
    if (message.queue_id < 0) {
      message.queue_id = static_cast<int32_t>(
          next_queue_++ % static_cast<uint32_t>(std::max(topic.write_queue_nums, 1)));
    }
    message.flag = request.flag;
    message.sys_flag = request.sys_flag;
    if (topic.topic_filter_type == "MULTI_TAG") message.sys_flag |= kMultiTags;
    message.born_timestamp_ms = request.born_timestamp_ms;
    message.born_host = BornHost(responder);
    message.store_host = store_host_;
    message.reconsume_times = request.reconsume_times;
    return message;
  }

  Refusal SendOne(const Command& command, const SendRequest& request, TopicConfig topic,
                  const Responder& responder) {
    SendProperties properties = ScanProperties(request.properties);
    const bool is_half = IsHalf(request, properties);
    Refusal refusal = CheckHalf(*parts_, is_half);
    bool is_dead = false;
    if (request.topic.starts_with(protocol::kRetryPrefix)) {
      is_dead = IsDeadRetry(parts_, command, request, &topic, &refusal);
    }
    if (refusal.code != protocol::kSuccess) return refusal;
    store::MessageToPut message = MessageFor(request, topic, responder);
    if (is_dead) {
      message.queue_id = 0;
      properties.delay = {};
    }
    // Kept by the thread: no allocation a message.
    thread_local std::string stored_properties;
    stored_properties.clear();
    AppendStoredProperties(request.properties, properties, parts_->options.cluster_name,
                           &stored_properties);
    if (is_dead) protocol::RemoveProperty(kPropertyDelay, &stored_properties);
    message.properties = stored_properties;
    message.body = command.body;
    message.tags_code = properties.TagsCode();
    int64_t timer_out_ms = 0;
    // A half goes not through the writer: when it is for later, that begins with its commit.
    store::PutResult put = is_half ? parts_->store->Put(HalfOf(message).View())
                                   : parts_->writer->Put(message, properties, &timer_out_ms);
    Sent sent{message.queue_id, properties.unique_key, {}, properties.WaitsForDisk()};
    if (timer_out_ms > 0 && put.ok() && !properties.unique_key.empty()) {
      sent.recall_handle =
          EncodeRecallHandle({topic.topic_name, parts_->options.broker_name, timer_out_ms + 1,
                              std::string(properties.unique_key)});
    }
    Answer(is_half ? std::move(put) : Counted(topic.topic_name, std::move(put)), std::move(sent),
           responder);
    return {};
  }

  Refusal SendBatch(const Command& command, const SendRequest& request, const TopicConfig& topic,
                    const Responder& responder) {
    if (request.topic.starts_with(protocol::kRetryPrefix)) {
      return {protocol::kMessageIllegal,
              "batch request does not support retry group " + topic.topic_name};
    }
    Refusal shared = CheckItem(ScanProperties(request.properties));
    if (shared.code != protocol::kSuccess) return shared;
    Result<std::vector<BatchItem>> items = DecodeBatch(command.body);
    if (!items.ok()) return {protocol::kMessageIllegal, items.status().message()};
    const std::string& cluster = parts_->options.cluster_name;
    std::vector<store::MessageToPut> messages(items->size(), MessageFor(request, topic, responder));
    std::vector<std::string> stored_properties(items->size());
    Sent sent{messages.front().queue_id, {}, {}, true};
    for (size_t i = 0; i < messages.size(); ++i) {
      const BatchItem& item = (*items)[i];
      SendProperties properties = ScanProperties(item.properties);
      Refusal refusal = CheckItem(properties);
      if (refusal.code != protocol::kSuccess) return refusal;
      if (i == 0) sent.waits_for_disk = properties.WaitsForDisk();
      AppendStoredProperties(item.properties, properties, cluster, &stored_properties[i]);
      messages[i].flag = item.flag;
      messages[i].body = item.body;
      messages[i].properties = stored_properties[i];
      messages[i].tags_code = properties.TagsCode();
    }
    Answer(Counted(topic.topic_name, parts_->writer->PutBatch(messages)), std::move(sent),
           responder);
    return {};
  }

  // Refusals, too, say where this is and whether sends are traced.
  void Refuse(int32_t code, const std::string& why, const Responder& responder) const {
    responder.Send(MakeResponse(code, why)
                       .With("MSG_REGION", parts_->options.region_id)
                       .With("TRACE_ON", parts_->options.trace_on ? "true" : "false"));
  }

  store::PutResult Counted(std::string_view topic, store::PutResult put) const {
    if (put.ok()) {
      parts_->stats->OnPut(topic, static_cast<int64_t>(put.physical_offsets.size()),
                           put.end_offset - put.physical_offsets.front());
    }
    return put;
  }

  void Answer(const store::PutResult& put, Sent sent, const Responder& responder) {
    if (!put.ok()) {
      Refuse(CodeOf(put.status), put.error, responder);
      return;
    }
    if (responder.oneway()) return;
    Outgoing response = Success(*parts_, put, store_host_, &sent);
    bool wait = parts_->options.store.flush_mode == store::FlushMode::kSync && sent.waits_for_disk;
    if (!wait) {
      responder.Send(std::move(response));
      return;
    }
    parts_->store->WhenDurable(put.end_offset,
                               [responder, response = std::move(response),
                                counted = gate_.CountWaiting()](bool durable) mutable {
                                 if (!durable) response.code = protocol::kFlushDiskTimeout;
                                 responder.Send(std::move(response));
                               });
  }

  Parts* parts_;
  store::HostAddress store_host_;
  std::atomic<uint32_t> next_queue_{0};
  SendGate gate_;
};

}  // namespace

void AddSendHandlers(Parts* parts, remoting::Dispatcher* dispatcher) {
  auto handler = std::make_shared<SendHandler>(parts);
  auto handle = [handler](const Command& command, const Responder& responder) {
    handler->Handle(command, responder);
  };
  dispatcher->Add(protocol::kSendMessage, handle);
  dispatcher->Add(protocol::kSendMessageV2, handle);
  dispatcher->Add(protocol::kSendBatchMessage, handle);
}

}  // namespace rewindmq::broker
