#include "broker/handlers/admin_handlers.h"
#include "broker/handlers/handler_util.h"
#include "broker/handlers/page.h"
#include "common/protocol/admin_bodies.h"
#include "common/protocol/topic_names.h"

namespace rewindmq::broker {

using protocol::Command;
using protocol::FieldReader;
using remoting::Responder;

namespace {

// Of one page, whatever is asked for (Java's splitMetadataSize).
constexpr int32_t kMaxPageGroups = 1000;

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
  if (removed.ok()) {
    if (clean_offset) parts->offsets->RemoveGroup(group);
    auto of_group = [&](const std::string&, const std::string& name, int32_t) {
      return name == group;
    };
    parts->offsets->ForgetResets(of_group, parts->clock->WallMs());
    parts->pull_offsets.RemoveGroup(group);
    parts->stats->OnGroupDeleted(group);
    parts->replays->OnDeleted();
    // Another group of this name must not find the resets of this one after a crash.
    removed = parts->offsets->Persist();
  }
  Finish(responder, removed);
}

void HandleGetGroup(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  std::string_view group = fields.Text("group");
  if (FailedHeader(fields, responder)) return;
  // As in Java, asking for a group makes it where groups may be made.
  auto config = parts->groups->FindOrCreate(group);
  if (!config) {
    responder.Fail(protocol::kSubscriptionGroupNotExist,
                   "No group in this broker. group: " + std::string(group));
    return;
  }
  SendBody(responder, protocol::EncodeSubscriptionGroupConfig(*config));
}

void HandleUpdateGroups(Parts* parts, const Command& request, const Responder& responder) {
  auto configs = protocol::DecodeSubscriptionGroupList(request.body);
  if (!configs.ok()) {
    responder.Fail(protocol::kSystemError, configs.status().message());
    return;
  }
  for (const auto& config : *configs) {
    Status valid = protocol::ValidateGroupName(config.group_name);
    if (!valid.ok()) {
      responder.Fail(protocol::kInvalidParameter, valid.message());
      return;
    }
  }
  Finish(responder, parts->groups->PutAll(*configs));
}

void HandleAllGroups(Parts* parts, const Command& request, const Responder& responder) {
  protocol::SubscriptionGroupTable table = parts->groups->Snapshot();
  auto response = protocol::MakeResponse(protocol::kSuccess);
  response.With("totalGroupNum", static_cast<int64_t>(table.groups.size()));
  Result<Page> page = ReadPage(request.fields, "groupSeq", "maxGroupNum", kMaxPageGroups);
  if (!page.ok()) {
    responder.Fail(protocol::kSystemError, page.status().message());
    return;
  }
  if (!page->whole) {
    KeepPage(*page, table.data_version, &table.groups);
    std::erase_if(table.forbidden,
                  [&](const auto& one) { return !table.groups.contains(one.first); });
  }
  response.body = protocol::EncodeSubscriptionGroupTable(table);
  responder.Send(std::move(response));
}

// Whether a group may read one topic: changed when "readable" is there, and told in any case.
void HandleForbidden(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  std::string group(fields.Text("group"));
  std::string topic(fields.Text("topic"));
  bool changes = request.fields.Find("readable") != nullptr;
  bool readable = fields.BoolOr("readable", true);
  if (FailedHeader(fields, responder)) return;
  if (changes) {
    Status kept = parts->groups->SetReadable(group, topic, readable);
    if (!kept.ok()) {
      responder.Fail(protocol::kSystemError, kept.message());
      return;
    }
  }
  SendBody(responder,
           protocol::EncodeGroupForbidden(group, topic, parts->groups->IsReadable(group, topic)));
}

}  // namespace

void AddGroupAdminHandlers(Parts* parts, remoting::Dispatcher* dispatcher) {
  AddHandler(parts, protocol::kUpdateAndCreateSubscriptionGroup, HandleUpdateGroup, dispatcher);
  AddHandler(parts, protocol::kUpdateAndCreateSubscriptionGroupList, HandleUpdateGroups,
             dispatcher);
  AddHandler(parts, protocol::kUpdateAndGetGroupForbidden, HandleForbidden, dispatcher);
  AddHandler(parts, protocol::kDeleteSubscriptionGroup, HandleDeleteGroup, dispatcher);
  AddHandler(parts, protocol::kGetSubscriptionGroupConfig, HandleGetGroup, dispatcher);
  AddHandler(parts, protocol::kGetAllSubscriptionGroupConfig, HandleAllGroups, dispatcher);
}

}  // namespace rewindmq::broker
