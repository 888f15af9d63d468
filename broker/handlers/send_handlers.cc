#include "broker/handlers/send_handlers.h"

#include <atomic>

#include "broker/send/batch.h"
#include "broker/send/message_id.h"
#include "broker/send/send_request.h"
#include "broker/store/record.h"
#include "broker/transaction/half_message.h"
#include "common/protocol/topic_names.h"
#include "common/remoting/connection.h"

namespace rewindmq::broker {

using protocol::Command;
using protocol::MakeResponse;
using protocol::Outgoing;
using protocol::TopicConfig;
using remoting::Responder;

namespace {

constexpr std::string_view kRegion = "DefaultRegion";

struct Refusal {
  int32_t code = protocol::kSuccess;
  std::string remark;
};

store::HostAddress BornHost(const Responder& responder) {
  const auto& endpoint = responder.connection()->remote_endpoint();
  store::HostAddress host;
  host.port = endpoint.port();
  asio::ip::address address = endpoint.address();
  // Clients older than 4.6 cannot decode a 16-byte address, so a mapped one is written as IPv4.
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  if (address.is_v4()) {
    auto bytes = address.to_v4().to_bytes();
    std::copy(bytes.begin(), bytes.end(), host.ip.begin());
  } else {
    host.is_v6 = true;
    host.ip = address.to_v6().to_bytes();
  }
  return host;
}

// What a record cannot mean yet is refused: stored like any other it would be delivered at once.
Refusal CheckProperties(const Parts& parts, const SendProperties& properties) {
  if (properties.DelayLevel() != 0) {
    return {protocol::kMessageIllegal, "delayed messages are not supported by this broker"};
  }
  if (properties.IsTransaction() && parts.options.reject_transactions) {
    return {protocol::kNoPermission, "the broker[" + parts.options.advertised_ip +
                                         "] sending transaction message is forbidden"};
  }
  return {};
}

Result<TopicConfig> TopicFor(Parts* parts, const SendRequest& request) {
  return parts->topics->FindOrCreate(request.topic, request.default_topic,
                                     request.default_topic_queue_nums);
}

Refusal CheckTopic(Parts* parts, const SendRequest& request, const Result<TopicConfig>& topic) {
  if (request.topic == protocol::kDefaultTopic) {
    return {protocol::kSystemError, "the topic[" + std::string(request.topic) +
                                        "] is conflict with system reserved words."};
  }
  if (!topic.ok()) {
    bool bad_name = topic.status().code() == ErrorCode::kInvalidArgument;
    bool missing = topic.status().code() == ErrorCode::kNotFound;
    int32_t code = bad_name ? protocol::kInvalidParameter
                            : (missing ? protocol::kTopicNotExist : protocol::kSystemError);
    return {code, missing ? WithFaq(topic.status().message()) : topic.status().message()};
  }
  int32_t limit = std::max(topic->read_queue_nums, topic->write_queue_nums);
  if (request.queue_id >= limit) {
    return {protocol::kSystemError, "request queueId[" + std::to_string(request.queue_id) +
                                        "] is illegal, " + protocol::EncodeTopicConfig(*topic) +
                                        " Producer: " + parts->options.Address()};
  }
  return {};
}

int32_t CodeOf(store::PutStatus status) {
  switch (status) {
    case store::PutStatus::kOk:
      return protocol::kSuccess;
    case store::PutStatus::kMessageIllegal:
    case store::PutStatus::kPropertiesSizeExceeded:
      return protocol::kMessageIllegal;
    case store::PutStatus::kServiceNotAvailable:
      return protocol::kServiceNotAvailable;
    case store::PutStatus::kCreateFileFailed:
      return protocol::kSystemError;
  }
  return protocol::kSystemError;
}

Outgoing Success(const store::PutResult& put, const store::HostAddress& store_host,
                 int32_t queue_id, std::string_view unique_key) {
  std::string ids;
  for (int64_t offset : put.physical_offsets) {
    if (!ids.empty()) ids += ',';
    ids += OffsetMessageId(store_host, offset);
  }
  Outgoing response = MakeResponse(protocol::kSuccess);
  response.With("queueId", queue_id)
      .With("TRACE_ON", "true")
      .With("MSG_REGION", std::string(kRegion))
      .With("msgId", std::move(ids))
      .With("queueOffset", put.queue_offset);
  if (!unique_key.empty()) response.With("transactionId", std::string(unique_key));
  return response;
}

class SendHandler {
 public:
  explicit SendHandler(Parts* parts) : parts_(parts) {
    store_host_ =
        *store::ParseHostAddress(parts->options.advertised_ip, parts->options.listen_port);
  }

  void Handle(const Command& command, const Responder& responder) {
    Result<SendRequest> request = ReadSendRequest(command);
    if (!request.ok()) {
      responder.Fail(protocol::kSystemError, request.status().message());
      return;
    }
    Result<TopicConfig> topic = TopicFor(parts_, *request);
    Refusal refusal = CheckTopic(parts_, *request, topic);
    SendProperties properties = ScanProperties(request->properties);
    if (refusal.code == protocol::kSuccess) refusal = CheckProperties(*parts_, properties);
    if (refusal.code != protocol::kSuccess) {
      responder.Fail(refusal.code, refusal.remark);
      return;
    }
    store::MessageToPut message = MessageFor(*request, *topic, responder);
    message.body = command.body;
    if (request->batch) {
      PutBatch(message, responder);
    } else {
      message.properties = request->properties;
      message.tags_code = properties.TagsCode();
      if (properties.IsTransaction()) {
        // Not through the writer: when it is for later, that begins with its commit.
        store::PutResult put = parts_->store->Put(HalfOf(message).View());
        Answer(put, message.queue_id, properties, responder);
        return;
      }
      Answer(parts_->writer->Put(message, properties), message.queue_id, properties, responder);
    }
  }

 private:
  store::MessageToPut MessageFor(const SendRequest& request, const TopicConfig& topic,
                                 const Responder& responder) {
    store::MessageToPut message;
    message.topic = request.topic;
    message.queue_id = request.queue_id;
    if (message.queue_id < 0) {
      message.queue_id =
          static_cast<int32_t>(next_queue_++ % static_cast<uint32_t>(topic.write_queue_nums));
    }
    message.flag = request.flag;
    message.sys_flag = request.sys_flag;
    message.born_timestamp_ms = request.born_timestamp_ms;
    message.born_host = BornHost(responder);
    message.store_host = store_host_;
    message.reconsume_times = request.reconsume_times;
    return message;
  }

  void PutBatch(const store::MessageToPut& shared, const Responder& responder) {
    Result<std::vector<BatchItem>> items = DecodeBatch(shared.body);
    if (!items.ok()) {
      responder.Fail(protocol::kMessageIllegal, items.status().message());
      return;
    }
    std::vector<store::MessageToPut> messages(items->size(), shared);
    SendProperties first;
    for (size_t i = 0; i < messages.size(); ++i) {
      const BatchItem& item = (*items)[i];
      SendProperties properties = ScanProperties(item.properties);
      if (i == 0) first = properties;
      Refusal refusal = CheckProperties(*parts_, properties);
      if (refusal.code != protocol::kSuccess) {
        responder.Fail(refusal.code, refusal.remark);
        return;
      }
      messages[i].flag = item.flag;
      messages[i].body = item.body;
      messages[i].properties = item.properties;
      messages[i].tags_code = properties.TagsCode();
    }
    Answer(parts_->writer->PutBatch(messages), shared.queue_id, first, responder);
  }

  void Answer(const store::PutResult& put, int32_t queue_id, const SendProperties& properties,
              const Responder& responder) {
    if (!put.ok()) {
      responder.Fail(CodeOf(put.status), put.error);
      return;
    }
    if (responder.oneway()) return;
    Outgoing response = Success(put, store_host_, queue_id, properties.unique_key);
    bool wait =
        parts_->options.store.flush_mode == store::FlushMode::kSync && properties.WaitsForDisk();
    if (!wait) {
      responder.Send(std::move(response));
      return;
    }
    parts_->store->WhenDurable(put.end_offset,
                               [responder, response = std::move(response)](bool durable) mutable {
                                 if (!durable) response.code = protocol::kFlushDiskTimeout;
                                 responder.Send(std::move(response));
                               });
  }

  Parts* parts_;
  store::HostAddress store_host_;
  std::atomic<uint32_t> next_queue_{0};
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
