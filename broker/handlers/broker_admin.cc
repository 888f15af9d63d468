#include "broker/handlers/admin_handlers.h"
#include "broker/handlers/handler_util.h"
#include "common/protocol/lists.h"
#include "common/protocol/properties_text.h"

namespace rewindmq::broker {

using protocol::Command;
using protocol::FieldReader;
using remoting::Responder;

namespace {

// What mqadmin's clusterList and brokerStatus read; figures that we do not measure yet are left
// out, and the tools show a dash or a zero for them.
void HandleRuntimeInfo(Parts* parts, const Command&, const Responder& responder) {
  const store::MessageStore& store = *parts->store;
  protocol::KvTable table;
  table["brokerVersionDesc"] = "RewindMQ";
  table["brokerVersion"] = std::to_string(protocol::kOwnVersion);
  table["bootTimestamp"] = std::to_string(parts->started_ms);
  table["commitLogMinOffset"] = std::to_string(store.MinPhysicalOffset());
  table["commitLogMaxOffset"] = std::to_string(store.MaxPhysicalOffset());
  table["dispatchBehindBytes"] = "0";
  table["putTps"] = "0.0 0.0 0.0";
  table["getTransferedTps"] = "0.0 0.0 0.0";
  table["getTransferredTps"] = "0.0 0.0 0.0";
  SendBody(responder, protocol::EncodeKvTable(table));
}

void HandleGetConfig(Parts* parts, const Command&, const Responder& responder) {
  const BrokerOptions& options = parts->options;
  std::string servers;
  for (const std::string& server : options.name_servers) {
    servers += (servers.empty() ? "" : ";") + server;
  }
  auto text = [](bool value) { return std::string(value ? "true" : "false"); };
  std::map<std::string, std::string> config = {
      {"autoCreateSubscriptionGroup", text(options.auto_create_group)},
      {"autoCreateTopicEnable", text(options.auto_create_topic)},
      {"bindAddress", options.bind_address},
      {"brokerClusterName", options.cluster_name},
      {"brokerIP1", options.advertised_ip},
      {"brokerId", std::to_string(options.broker_id)},
      {"brokerName", options.broker_name},
      {"defaultTopicQueueNums", std::to_string(options.default_topic_queue_nums)},
      {"flushDiskType",
       options.store.flush_mode == store::FlushMode::kSync ? "SYNC_FLUSH" : "ASYNC_FLUSH"},
      {"listenPort", std::to_string(options.listen_port)},
      {"longPollingEnable", text(options.long_polling)},
      {"maxMessageSize", std::to_string(options.store.max_message_bytes)},
      {"namesrvAddr", servers},
      {"storePathRootDir", options.store.root_directory},
  };
  auto response = protocol::MakeResponse(protocol::kSuccess);
  response.With("version", protocol::EncodeDataVersion({}));
  response.body = protocol::EncodeJavaProperties(config);
  responder.Send(std::move(response));
}

void HandleViewMessage(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  int64_t offset = fields.Int64("offset");
  if (FailedHeader(fields, responder)) return;
  auto record = parts->store->RecordAt(offset);
  if (!record) {
    responder.Fail(protocol::kSystemError,
                   "can not find message by the offset, " + std::to_string(offset));
    return;
  }
  responder.Send(protocol::MakeResponse(protocol::kSuccess), {record->bytes}, {record->keep_alive});
}

}  // namespace

void AddBrokerAdminHandlers(Parts* parts, remoting::Dispatcher* dispatcher) {
  AddHandler(parts, protocol::kGetBrokerRuntimeInfo, HandleRuntimeInfo, dispatcher);
  AddHandler(parts, protocol::kGetBrokerConfig, HandleGetConfig, dispatcher);
  AddHandler(parts, protocol::kViewMessageById, HandleViewMessage, dispatcher);
}

}  // namespace rewindmq::broker
