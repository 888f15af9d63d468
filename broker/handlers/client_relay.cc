// Questions that are handed on to a connected consumer: its running state (307), the consumption of
// one message by it (309), and the offsets that all members of a group work on (223).

#include <map>
#include <memory>
#include <mutex>

#include "broker/handlers/admin_handlers.h"
#include "broker/handlers/handler_util.h"
#include "broker/send/message_id.h"
#include "common/protocol/admin_bodies.h"
#include "common/remoting/connection.h"

namespace rewindmq::broker {

using protocol::Command;
using protocol::FieldReader;
using protocol::Outgoing;
using remoting::Responder;

namespace {

constexpr int32_t kRelayTimeoutMs = 10'000;
constexpr int32_t kStatusTimeoutMs = 5'000;

// The member with this id. Answered, and empty, when there is none or it is too old to ask.
std::optional<ConsumerClient> FindMember(const Parts& parts, const std::string& group,
                                         const std::string& client_id, const Responder& responder) {
  std::string who = "The Consumer <" + group + "> <" + client_id + ">";
  std::optional<ConsumerClient> found;
  if (auto members = parts.consumers.Find(group)) {
    for (auto& [id, client] : members->clients) {
      if (client.client_id == client_id) found = std::move(client);
    }
  }
  if (!found) {
    responder.Fail(protocol::kSystemError, who + " not online");
  } else if (found->version < protocol::kVersion3_1_8Snapshot) {
    responder.Fail(protocol::kSystemError,
                   "The Consumer <" + client_id +
                       "> is too old to finish this, please upgrade it to V3_1_8_SNAPSHOT");
    found.reset();
  }
  return found;
}

Outgoing CopyOf(const Command& request) {
  Outgoing question = protocol::MakeRequest(request.code);
  for (const auto& field : request.fields) {
    question.With(std::string(field.name), std::string(field.value));
  }
  question.body = request.body;
  return question;
}

void Relay(const ConsumerClient& client, const std::string& group, Outgoing question,
           const Responder& responder) {
  std::string who = "<" + group + "> <" + client.client_id + ">";
  client.connection->Invoke(
      std::move(question), kRelayTimeoutMs, [responder, who](Result<remoting::Reply> reply) {
        if (reply.ok()) {
          Outgoing answer =
              protocol::MakeResponse(reply->command.code, std::string(reply->command.remark));
          answer.body = reply->command.body;
          responder.Send(std::move(answer));
        } else if (reply.status().code() == ErrorCode::kTimeout) {
          responder.Fail(protocol::kConsumeMsgTimeout,
                         "consumer " + who + " Timeout: " + reply.status().message());
        } else {
          responder.Fail(protocol::kSystemError,
                         "invoke consumer " + who + " Exception: " + reply.status().message());
        }
      });
}

void HandleRunningInfo(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  std::string group(fields.Text("consumerGroup"));
  std::string client_id(fields.Text("clientId"));
  if (FailedHeader(fields, responder)) return;
  if (auto client = FindMember(*parts, group, client_id, responder)) {
    Relay(*client, group, CopyOf(request), responder);
  }
}

void HandleConsumeDirectly(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  std::string group(fields.Text("consumerGroup"));
  std::string client_id(fields.TextOr("clientId", ""));
  std::string_view message_id = fields.Text("msgId");
  std::string_view topic = fields.TextOr("topic", "");
  if (FailedHeader(fields, responder)) return;
  Result<int64_t> offset = PhysicalOffsetOf(message_id);
  auto record = offset.ok() ? parts->store->RecordAt(*offset) : std::nullopt;
  if (!record) {
    responder.Fail(protocol::kSystemError,
                   "no message of this broker has the id " + std::string(message_id));
    return;
  }
  auto client = FindMember(*parts, group, client_id, responder);
  if (!client) return;
  Outgoing question = CopyOf(request);
  question.With("brokerName", parts->options.broker_name);
  if (auto config = parts->topics->Find(topic)) {
    question.With("topicSysFlag", config->topic_sys_flag);
  }
  if (auto config = parts->groups->Find(group)) {
    question.With("groupSysFlag", config->group_sys_flag);
  }
  question.body = record->bytes;
  Relay(*client, group, std::move(question), responder);
}

// Collects what the members answer, and sends it when the last of them has.
class StatusCollector {
 public:
  StatusCollector(Responder responder, size_t members)
      : responder_(std::move(responder)), waiting_(members) {}

  void Take(const std::string& client_id, const Result<remoting::Reply>& reply) {
    std::lock_guard lock(mutex_);
    bool answered = reply.ok() && reply->command.code == protocol::kSuccess;
    if (answered) {
      auto offsets = protocol::DecodeConsumerStatus(reply->command.body);
      if (offsets.ok()) clients_[client_id] = std::move(*offsets);
    }
    if (--waiting_ == 0) SendBody(responder_, protocol::EncodeConsumerStatus(clients_));
  }

 private:
  const Responder responder_;
  std::mutex mutex_;
  size_t waiting_;                                            // guarded by mutex_
  std::map<std::string, protocol::ResetOffsetBody> clients_;  // guarded by mutex_
};

void HandleConsumerStatus(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  std::string topic(fields.Text("topic"));
  std::string group(fields.Text("group"));
  std::string_view only_client = fields.TextOr("clientAddr", "");
  if (FailedHeader(fields, responder)) return;
  auto members = parts->consumers.Find(group);
  if (!members) {
    responder.Fail(protocol::kSystemError,
                   "No Any Consumer online in the consumer group: [" + group + "]");
    return;
  }
  std::vector<ConsumerClient> asked;
  for (auto& [id, client] : members->clients) {
    if (client.version < protocol::kVersion3_0_7Snapshot) {
      responder.Fail(protocol::kSystemError, "the client does not support this feature. version=" +
                                                 std::to_string(client.version));
      return;
    }
    if (only_client.empty() || client.client_id == only_client) asked.push_back(std::move(client));
  }
  if (asked.empty()) {
    SendBody(responder, protocol::EncodeConsumerStatus({}));
    return;
  }
  auto collector = std::make_shared<StatusCollector>(responder, asked.size());
  for (const ConsumerClient& client : asked) {
    Outgoing question = protocol::MakeRequest(protocol::kGetConsumerStatusFromClient);
    question.With("topic", topic).With("group", group);
    client.connection->Invoke(std::move(question), kStatusTimeoutMs,
                              [collector, id = client.client_id](Result<remoting::Reply> reply) {
                                collector->Take(id, reply);
                              });
  }
}

}  // namespace

void AddClientRelayHandlers(Parts* parts, remoting::Dispatcher* dispatcher) {
  AddHandler(parts, protocol::kGetConsumerRunningInfo, HandleRunningInfo, dispatcher);
  AddHandler(parts, protocol::kConsumeMessageDirectly, HandleConsumeDirectly, dispatcher);
  AddHandler(parts, protocol::kInvokeBrokerToGetConsumerStatus, HandleConsumerStatus, dispatcher);
}

}  // namespace rewindmq::broker
