#include "broker/handlers/admin_handlers.h"
#include "broker/handlers/handler_util.h"
#include "common/protocol/topic_names.h"

namespace rewindmq::broker {

using protocol::Command;
using protocol::FieldReader;
using remoting::Responder;

namespace {

void HandleUpdateGroup(Parts* parts, const Command& request, const Responder& responder) {
  auto config = protocol::DecodeSubscriptionGroupConfig(request.body);
  Status valid = config.status();
  if (valid.ok()) valid = protocol::ValidateGroupName(config->group_name);
  if (!valid.ok()) {
    responder.Fail(protocol::kInvalidParameter, valid.message());
    return;
  }
  Finish(responder, parts->groups->Put(std::move(*config)));
}

void HandleDeleteGroup(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  std::string_view group = fields.Text("groupName");
  bool clean_offset = fields.BoolOr("cleanOffset", fields.BoolOr("removeOffset", false));
  if (FailedHeader(fields, responder)) return;
  Status removed = parts->groups->Remove(group);
  if (removed.ok() && clean_offset) parts->offsets->RemoveGroup(group);
  Finish(responder, removed);
}

void HandleGetGroup(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  std::string_view group = fields.Text("group");
  if (FailedHeader(fields, responder)) return;
  auto config = parts->groups->Find(group);
  if (!config) {
    responder.Fail(protocol::kSubscriptionGroupNotExist,
                   "No group in this broker. group: " + std::string(group));
    return;
  }
  SendBody(responder, protocol::EncodeSubscriptionGroupConfig(*config));
}

void HandleAllGroups(Parts* parts, const Command& request, const Responder& responder) {
  protocol::SubscriptionGroupTable table = parts->groups->Snapshot();
  auto response = protocol::MakeResponse(protocol::kSuccess);
  if (request.fields.Find("groupSeq") != nullptr) {
    response.With("totalGroupNum", static_cast<int64_t>(table.groups.size()));
  }
  response.body = protocol::EncodeSubscriptionGroupTable(table);
  responder.Send(std::move(response));
}

}  // namespace

void AddGroupAdminHandlers(Parts* parts, remoting::Dispatcher* dispatcher) {
  AddHandler(parts, protocol::kUpdateAndCreateSubscriptionGroup, HandleUpdateGroup, dispatcher);
  AddHandler(parts, protocol::kDeleteSubscriptionGroup, HandleDeleteGroup, dispatcher);
  AddHandler(parts, protocol::kGetSubscriptionGroupConfig, HandleGetGroup, dispatcher);
  AddHandler(parts, protocol::kGetAllSubscriptionGroupConfig, HandleAllGroups, dispatcher);
}

}  // namespace rewindmq::broker
