// Brokers come, stay and go (codes 103, 104, 322, 901, 904).

#include "common/base/crc32.h"
#include "common/base/log.h"
#include "common/protocol/lists.h"
#include "common/protocol/route_data.h"
#include "nameserver/handlers.h"

namespace rewindmq::nameserver {
namespace {

using protocol::FieldReader;
using protocol::MakeResponse;
using protocol::Outgoing;

// The checksum is the broker's own of the body as sent; 4.2.0 does not send one.
Status CheckBody(const Request& request, FieldReader* fields) {
  int32_t crc = fields->Int32Or("bodyCrc32", 0);
  if (crc != 0 && crc != JavaCrc32(request.command.body)) {
    return {ErrorCode::kCorruption, "crc32 not match"};
  }
  return fields->status();
}

Result<Registration> ReadRegistration(const Request& request) {
  FieldReader fields(request.command.fields);
  Registration registration;
  registration.broker_name = fields.Text("brokerName");
  registration.broker_addr = fields.Text("brokerAddr");
  registration.cluster = fields.Text("clusterName");
  registration.ha_server_addr = fields.Text("haServerAddr");
  registration.broker_id = fields.Int64("brokerId");
  registration.may_be_one_change = request.command.version >= protocol::kVersion5_0_0;
  registration.connection_id = request.connection_id;
  int64_t expiry_ms = fields.Int64Or("heartbeatTimeoutMillis", kBrokerExpiryMs);
  if (expiry_ms > 0) registration.expiry_ms = expiry_ms;
  bool compressed = fields.BoolOr("compressed", false);
  REWIND_TRY(CheckBody(request, &fields));
  REWIND_TRY_ASSIGN(registration.body,
                    protocol::DecodeRegisterBrokerBody(request.command.body,
                                                       request.command.version, compressed));
  return registration;
}

Outgoing RegisterBroker(State* state, const Request& request) {
  Result<Registration> registration = ReadRegistration(request);
  if (!registration.ok()) return Failure(registration.status());
  std::string who = registration->broker_name + " id " + std::to_string(registration->broker_id) +
                    " at " + registration->broker_addr;
  size_t topics = registration->body.topic_config_table.topics.size();
  Result<RegistrationResult> result =
      state->routes.Register(std::move(registration).value(), state->clock->SteadyMs());
  if (!result.ok()) {
    spdlog::warn("broker {} refused: {}", who, result.status().message());
    return Failure(result.status());
  }
  if (result->ignored) spdlog::warn("broker {} ignored: a newer one has its name and id", who);
  if (result->new_broker) spdlog::info("broker {} registered with {} topics", who, topics);
  Outgoing response = MakeResponse(protocol::kSuccess);
  if (!result->master_addr.empty()) {
    response.With("masterAddr", result->master_addr).With("haServerAddr", result->ha_server_addr);
  }
  const protocol::KvTable* orders = state->kv.Namespace(kOrderTopicNamespace);
  if (orders != nullptr && state->options.return_order_topic_config_to_broker) {
    response.body = protocol::EncodeKvTable(*orders);
  }
  return response;
}

Outgoing UnregisterBroker(State* state, const Request& request) {
  FieldReader fields(request.command.fields);
  std::string broker_name(fields.Text("brokerName"));
  std::string broker_addr(fields.Text("brokerAddr"));
  fields.Text("clusterName");
  int64_t broker_id = fields.Int64("brokerId");
  if (!fields.status().ok()) return Failure(fields.status());
  if (state->routes.Unregister(broker_name, broker_addr, broker_id)) {
    spdlog::info("broker {} id {} at {} unregistered", broker_name, broker_id, broker_addr);
  }
  return MakeResponse(protocol::kSuccess);
}

Outgoing QueryDataVersion(State* state, const Request& request) {
  FieldReader fields(request.command.fields);
  std::string broker_addr(fields.Text("brokerAddr"));
  if (!fields.status().ok()) return Failure(fields.status());
  Result<protocol::DataVersion> version = protocol::DecodeDataVersion(request.command.body);
  if (!version.ok()) return Failure(version.status());
  VersionCheck check = state->routes.CheckVersion(broker_addr, *version, state->clock->SteadyMs());
  Outgoing response = MakeResponse(protocol::kSuccess);
  response.With("changed", check.changed ? "true" : "false");
  if (check.stored) response.body = protocol::EncodeDataVersion(*check.stored);
  return response;
}

Outgoing BrokerMembers(State* state, const Request& request) {
  FieldReader fields(request.command.fields);
  protocol::BrokerData group;
  group.cluster = fields.Text("clusterName");
  group.broker_name = fields.Text("brokerName");
  if (!fields.status().ok()) return Failure(fields.status());
  group.broker_addrs = state->routes.Members(group.broker_name);
  Outgoing response = MakeResponse(protocol::kSuccess);
  response.body = protocol::EncodeBrokerMemberGroup(group);
  return response;
}

Outgoing Heartbeat(State* state, const Request& request) {
  FieldReader fields(request.command.fields);
  std::string broker_addr(fields.Text("brokerAddr"));
  fields.Text("clusterName");
  fields.Text("brokerName");
  if (!fields.status().ok()) return Failure(fields.status());
  state->routes.Heartbeat(broker_addr, state->clock->SteadyMs());
  return MakeResponse(protocol::kSuccess);
}

}  // namespace

void AddBrokerHandlers(HandlerTable* table) {
  (*table)[protocol::kRegisterBroker] = RegisterBroker;
  (*table)[protocol::kUnregisterBroker] = UnregisterBroker;
  (*table)[protocol::kQueryDataVersion] = QueryDataVersion;
  (*table)[protocol::kGetBrokerMemberGroup] = BrokerMembers;
  (*table)[protocol::kBrokerHeartbeat] = Heartbeat;
}

}  // namespace rewindmq::nameserver
