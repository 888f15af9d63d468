// The broker itself: runtime figures (28), traffic (315), configuration (25, 26), replication
// (907), and questions about what only other kinds of brokers have (1007, 2003).

#include "broker/handlers/admin_handlers.h"
#include "broker/handlers/handler_util.h"
#include "broker/stats/runtime_info.h"
#include "broker/store/record.h"
#include "common/protocol/admin_bodies.h"
#include "common/protocol/lists.h"
#include "common/protocol/properties_text.h"

namespace rewindmq::broker {

using protocol::Command;
using protocol::FieldReader;
using remoting::Responder;

namespace {

void HandleRuntimeInfo(Parts* parts, const Command&, const Responder& responder) {
  RuntimeFigures figures;
  figures.store = parts->store->Stats();
  figures.store_directory = parts->options.store.root_directory;
  figures.commit_log_directory = parts->options.store.commit_log_directory;
  figures.started_ms = parts->started_ms;
  figures.now_ms = parts->clock->WallMs();
  if (auto first = parts->store->RecordAt(parts->store->MinPhysicalOffset())) {
    figures.earliest_message_ms = store::StoreTimestampOf(first->bytes);
  }
  protocol::KvTable table = RuntimeInfo(figures, *parts->stats);
  table.merge(parts->delays->RuntimeInfo());
  table.merge(parts->replays->RuntimeInfo());
  SendBody(responder, protocol::EncodeKvTable(table));
}

void HandleViewStats(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  std::string name(fields.Text("statsName"));
  std::string key(fields.Text("statsKey"));
  if (FailedHeader(fields, responder)) return;
  auto report = parts->stats->Find(name, key);
  if (!report) {
    responder.Fail(protocol::kSystemError, "The stats <" + name + "> <" + key + "> not exist");
    return;
  }
  auto figures = [](const BrokerStats::Figures& one) {
    return protocol::StatsFigures{one.sum, one.per_second, one.per_time};
  };
  SendBody(responder, protocol::EncodeBrokerStatsData(
                          {figures(report->minute), figures(report->hour), figures(report->day)}));
}

void HandleGetConfig(Parts* parts, const Command&, const Responder& responder) {
  auto response = protocol::MakeResponse(protocol::kSuccess);
  response.With("version", protocol::EncodeDataVersion(parts->settings->data_version()));
  response.body = protocol::EncodeJavaProperties(parts->settings->All());
  responder.Send(std::move(response));
}

// Java answers success whatever the keys are; a typing error shall not go unnoticed here.
void HandleUpdateConfig(Parts* parts, const Command& request, const Responder& responder) {
  auto changes = protocol::DecodeJavaProperties(request.body);
  if (!changes.ok()) {
    responder.Fail(protocol::kSystemError, changes.status().message());
    return;
  }
  auto at_restart = parts->settings->Update(*changes);
  if (!at_restart.ok()) {
    bool forbidden = at_restart.status().code() == ErrorCode::kPermissionDenied;
    responder.Fail(forbidden ? protocol::kNoPermission : protocol::kSystemError,
                   at_restart.status().message());
    return;
  }
  std::string remark;
  for (const std::string& key : *at_restart) {
    remark += (remark.empty() ? "after a restart of the broker: " : ", ") + key;
  }
  responder.Send(protocol::MakeResponse(protocol::kSuccess, std::move(remark)));
}

void HandleHaStatus(Parts* parts, const Command&, const Responder& responder) {
  SendBody(responder, protocol::EncodeHaRuntimeInfo(parts->store->MaxPhysicalOffset()));
}

void HandleEpochCache(Parts*, const Command&, const Responder& responder) {
  responder.Fail(protocol::kSystemError, "this request only for controllerMode ");
}

// Cold data flow control is never on here; this is what a Java broker says that has it off.
void HandleColdDataInfo(Parts*, const Command&, const Responder& responder) {
  SendBody(responder, R"({"runtimeTable":{},"configTable":{},"cgColdReadThreshold":3145728,)"
                      R"("globalColdReadThreshold":104857600,"globalAcc":0})");
}

}  // namespace

void AddBrokerAdminHandlers(Parts* parts, remoting::Dispatcher* dispatcher) {
  AddHandler(parts, protocol::kGetBrokerRuntimeInfo, HandleRuntimeInfo, dispatcher);
  AddHandler(parts, protocol::kViewBrokerStatsData, HandleViewStats, dispatcher);
  AddHandler(parts, protocol::kGetBrokerConfig, HandleGetConfig, dispatcher);
  AddHandler(parts, protocol::kUpdateBrokerConfig, HandleUpdateConfig, dispatcher);
  AddHandler(parts, protocol::kGetBrokerHaStatus, HandleHaStatus, dispatcher);
  AddHandler(parts, protocol::kGetBrokerEpochCache, HandleEpochCache, dispatcher);
  AddHandler(parts, protocol::kGetColdDataFlowCtrInfo, HandleColdDataInfo, dispatcher);
}

}  // namespace rewindmq::broker
