// Groups' offsets as tools see them: all (43), topics of a group (343), a subscription (345),
// cloning (314) and corrected offsets (308).

#include <algorithm>
#include <limits>
#include <set>

#include "broker/handlers/admin_handlers.h"
#include "broker/handlers/handler_util.h"
#include "common/base/parse.h"
#include "common/protocol/admin_bodies.h"
#include "common/protocol/lists.h"

namespace rewindmq::broker {

using protocol::Command;
using protocol::FieldReader;
using remoting::Responder;

namespace {

void HandleAllOffsets(Parts* parts, const Command&, const Responder& responder) {
  SendBody(responder, parts->offsets->Text());
}

void HandleTopicsOfGroup(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  std::string_view group = fields.Text("group");
  if (FailedHeader(fields, responder)) return;
  SendBody(responder,
           protocol::EncodeTopicList({parts->offsets->TopicsOf(group), parts->options.Address()}));
}

void HandleSubscription(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  std::string group(fields.Text("group"));
  std::string topic(fields.Text("topic"));
  if (FailedHeader(fields, responder)) return;
  auto subscription = parts->consumers.FindSubscription(group, topic);
  SendBody(responder, protocol::EncodeSubscriptionAnswer(group, topic, subscription.data.get()));
}

void HandleCloneOffsets(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  std::string_view from = fields.Text("srcGroup");
  std::string_view to = fields.Text("destGroup");
  std::string topic(fields.TextOr("topic", ""));
  bool offline = fields.BoolOr("offline", false);
  if (FailedHeader(fields, responder)) return;
  std::vector<std::string> topics = {topic};
  if (topic.empty()) topics = parts->offsets->TopicsOf(from);
  for (const std::string& one : topics) {
    if (!parts->topics->Find(one)) continue;
    auto subscription = parts->consumers.FindSubscription(from, one);
    if (!offline && subscription.group_online && subscription.data == nullptr) continue;
    for (const auto& [queue_id, offset] : parts->offsets->FindAll(from, one)) {
      parts->offsets->Commit(to, one, queue_id, offset);
    }
  }
  responder.Ok();
}

// Of every queue the lowest offset of any group that still has its messages, filtered groups left
// out; a group to compare with that is behind it makes the answer "beyond everything".
void HandleCorrectionOffset(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  std::string_view topic = fields.Text("topic");
  std::string_view compare_group = fields.Text("compareGroup");
  std::vector<std::string> filtered = SplitTrimmed(fields.TextOr("filterGroups", ""), ',');
  if (FailedHeader(fields, responder)) return;
  std::map<int32_t, int64_t> lowest;
  for (const std::string& group : parts->offsets->GroupsOf(topic)) {
    if (std::find(filtered.begin(), filtered.end(), group) != filtered.end()) continue;
    for (const auto& [queue_id, offset] : parts->offsets->FindAll(group, topic)) {
      if (offset < parts->store->MinOffset(topic, queue_id)) continue;
      auto [it, added] = lowest.try_emplace(queue_id, offset);
      if (!added) it->second = std::min(it->second, offset);
    }
  }
  for (const auto& [queue_id, offset] : parts->offsets->FindAll(compare_group, topic)) {
    auto it = lowest.find(queue_id);
    if (it != lowest.end() && it->second > offset) it->second = std::numeric_limits<int64_t>::max();
  }
  SendBody(responder, protocol::EncodeCorrectionOffsets(lowest));
}

}  // namespace

void AddOffsetAdminHandlers(Parts* parts, remoting::Dispatcher* dispatcher) {
  AddHandler(parts, protocol::kGetAllConsumerOffset, HandleAllOffsets, dispatcher);
  AddHandler(parts, protocol::kQueryTopicsByConsumer, HandleTopicsOfGroup, dispatcher);
  AddHandler(parts, protocol::kQuerySubscriptionByConsumer, HandleSubscription, dispatcher);
  AddHandler(parts, protocol::kCloneGroupOffset, HandleCloneOffsets, dispatcher);
  AddHandler(parts, protocol::kQueryCorrectionOffset, HandleCorrectionOffset, dispatcher);
}

}  // namespace rewindmq::broker
