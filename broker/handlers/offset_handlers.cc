#include "broker/handlers/offset_handlers.h"

#include <strings.h>

#include <algorithm>

#include "broker/handlers/handler_util.h"

namespace rewindmq::broker {

using protocol::Command;
using protocol::FieldReader;
using protocol::MakeResponse;
using remoting::Responder;

namespace {

void SendOffset(const Responder& responder, int64_t offset) {
  responder.Send(MakeResponse(protocol::kSuccess).With("offset", offset));
}

void HandleQuery(Parts* parts, ResetGuide* guide, const Command& request,
                 const Responder& responder) {
  FieldReader fields(request.fields);
  std::string_view group = fields.Text("consumerGroup");
  std::string_view topic = fields.Text("topic");
  int32_t queue_id = fields.Int32("queueId");
  bool zero_if_none = fields.BoolOr("setZeroIfNotFound", true);
  if (FailedHeader(fields, responder)) return;
  if (auto offset = parts->offsets->Find(group, topic, queue_id)) {
    guide->OnOffsetAnswered({group, topic, queue_id}, *offset, responder.connection()->id());
    SendOffset(responder, *offset);
    return;
  }
  // A group that is new to a queue which still has its first message starts there, whatever its
  // consumeFromWhere says: Java's brokers do the same.
  bool complete = parts->store->MinOffset(topic, queue_id) <= 0 && parts->topics->Find(topic);
  if (zero_if_none && complete) {
    SendOffset(responder, 0);
    return;
  }
  responder.Fail(protocol::kQueryNotFound,
                 complete ? "Not found, do not set to zero, maybe this group boot first"
                          : "Not found, V3_0_6_SNAPSHOT maybe this group consumer boot first");
}

void HandleUpdate(Parts* parts, const ResetGuide& guide, const Command& request,
                  const Responder& responder) {
  FieldReader fields(request.fields);
  std::string_view group = fields.Text("consumerGroup");
  std::string_view topic = fields.Text("topic");
  int32_t queue_id = fields.Int32("queueId");
  if (request.fields.Find("commitOffset") == nullptr) {
    responder.Fail(protocol::kInvalidParameter, "Offset is null, topic is " + std::string(topic));
    return;
  }
  int64_t offset = fields.Int64("commitOffset");
  if (FailedHeader(fields, responder)) return;
  if (!parts->groups->FindOrCreate(group)) {
    responder.Fail(protocol::kSubscriptionGroupNotExist,
                   "Group " + std::string(group) + " not exist!");
    return;
  }
  if (!parts->topics->Find(topic)) {
    responder.Fail(protocol::kTopicNotExist, "Topic " + std::string(topic) + " not exist!");
    return;
  }
  if (queue_id < 0 || offset < 0) {
    responder.Fail(protocol::kSystemError, "queueId " + std::to_string(queue_id) +
                                               " and commitOffset " + std::to_string(offset) +
                                               " must not be negative");
    return;
  }
  bool counts =
      guide.CommitCounts({group, topic, queue_id}, responder.connection()->id(),
                         request.IsOneway()) &&
      parts->offsets->Commit(group, topic, queue_id, offset) == OffsetTable::Committed::kStored;
  responder.Send(
      MakeResponse(protocol::kSuccess, counts ? "" : "Offset has been previously reset"));
}

// Java's broker makes a queue's files at the first question; ours at its first message.
bool MayHaveQueue(const Parts& parts, std::string_view topic, int32_t queue_id) {
  if (parts.store->HasQueue(topic, queue_id)) return true;
  auto config = parts.topics->Find(topic);
  return config && queue_id >= 0 &&
         queue_id < std::max(config->read_queue_nums, config->write_queue_nums);
}

void HandleQueueOffset(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  std::string_view topic = fields.Text("topic");
  int32_t queue_id = fields.Int32("queueId");
  if (FailedHeader(fields, responder)) return;
  const store::MessageStore& store = *parts->store;
  switch (request.code) {
    case protocol::kGetMaxOffset:
      SendOffset(responder, store.MaxOffset(topic, queue_id));
      return;
    case protocol::kGetMinOffset:
      SendOffset(responder,
                 MayHaveQueue(*parts, topic, queue_id) ? store.MinOffset(topic, queue_id) : -1);
      return;
    default:
      responder.Send(MakeResponse(protocol::kSuccess)
                         .With("timestamp", store.EarliestStoreTimestamp(topic, queue_id)));
  }
}

void HandleSearch(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  std::string_view topic = fields.Text("topic");
  int32_t queue_id = fields.Int32("queueId");
  int64_t timestamp_ms = fields.Int64("timestamp");
  std::string named(fields.TextOr("boundaryType", ""));
  if (FailedHeader(fields, responder)) return;
  store::Boundary boundary =
      named.empty() ? parts->options.search_by_time.get() : store::Boundary::kLower;
  if (::strcasecmp(named.c_str(), "upper") == 0) boundary = store::Boundary::kUpper;
  SendOffset(responder, parts->store->OffsetByTime(topic, queue_id, timestamp_ms, boundary));
}

}  // namespace

void AddOffsetHandlers(Parts* parts, ResetGuide* guide, remoting::Dispatcher* dispatcher) {
  dispatcher->Add(protocol::kQueryConsumerOffset,
                  [=](const Command& request, const Responder& responder) {
                    HandleQuery(parts, guide, request, responder);
                  });
  dispatcher->Add(protocol::kUpdateConsumerOffset,
                  [=](const Command& request, const Responder& responder) {
                    HandleUpdate(parts, *guide, request, responder);
                  });
  AddHandler(parts, protocol::kGetMaxOffset, HandleQueueOffset, dispatcher);
  AddHandler(parts, protocol::kGetMinOffset, HandleQueueOffset, dispatcher);
  AddHandler(parts, protocol::kGetEarliestMsgStoreTime, HandleQueueOffset, dispatcher);
  AddHandler(parts, protocol::kSearchOffsetByTimestamp, HandleSearch, dispatcher);
}

}  // namespace rewindmq::broker
