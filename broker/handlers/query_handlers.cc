// Messages by their keys (QueryMessageProcessor).

#include <algorithm>

#include "broker/handlers/admin_handlers.h"
#include "broker/handlers/handler_util.h"
#include "common/protocol/command.h"

namespace rewindmq::broker {

using protocol::Command;
using protocol::FieldReader;
using remoting::Responder;

namespace {

// Java's defaultQueryMaxNum: of a unique id there is one message, and its retries.
constexpr int32_t kMaxOfUniqueKey = 32;
// RocketMQ 5.4 names what the key is: "K" for a key, "U" for a unique id, "T" for tags.
constexpr std::string_view kTagsIndex = "T";
// Clients refuse larger frames; a part of one is for the header.
constexpr size_t kMaxAnswerBytes = protocol::kMaxFrameBytes - (64U << 10);

// The newest ones that fit into one answer, oldest first, as Java sends them.
std::vector<store::RecordView> Fitting(std::vector<store::RecordView> newest_first) {
  size_t bytes = 0;
  size_t count = 0;
  while (count < newest_first.size()) {
    bytes += newest_first[count].bytes.size();
    if (count > 0 && bytes > kMaxAnswerBytes) break;
    ++count;
  }
  newest_first.resize(count);
  std::reverse(newest_first.begin(), newest_first.end());
  return newest_first;
}

void HandleQueryMessage(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  store::KeyQuery query;
  query.topic = fields.Text("topic");
  query.key = fields.Text("key");
  query.max_records = fields.Int32("maxNum");
  query.begin_ms = fields.Int64("beginTimestamp");
  query.end_ms = fields.Int64("endTimestamp");
  if (fields.TextOr("_UNIQUE_KEY_QUERY", "") == "true") query.max_records = kMaxOfUniqueKey;
  if (fields.TextOr("indexType", "") == kTagsIndex) query.kind = store::IndexKeyKind::kTags;
  if (FailedHeader(fields, responder)) return;
  query.max_records = std::min(query.max_records, parts->options.max_query_messages.get());

  store::KeyQueryResult found = parts->store->QueryByKey(query);
  bool any = !found.records.empty();
  // Java says how far the index is only along with messages.
  store::IndexEnd end = any ? found.index_end : store::IndexEnd{};
  auto response =
      any ? protocol::MakeResponse(protocol::kSuccess)
          : protocol::MakeResponse(protocol::kQueryNotFound,
                                   "can not find message, maybe time range not correct");
  response.With("indexLastUpdateTimestamp", end.timestamp_ms)
      .With("indexLastUpdatePhyoffset", end.physical_offset);
  std::vector<std::string_view> bodies;
  std::vector<std::shared_ptr<const void>> owners;
  for (store::RecordView& record : Fitting(std::move(found.records))) {
    bodies.push_back(record.bytes);
    owners.push_back(std::move(record.keep_alive));
  }
  responder.Send(std::move(response), std::move(bodies), std::move(owners));
}

}  // namespace

void AddQueryHandlers(Parts* parts, remoting::Dispatcher* dispatcher) {
  AddHandler(parts, protocol::kQueryMessage, HandleQueryMessage, dispatcher);
}

}  // namespace rewindmq::broker
