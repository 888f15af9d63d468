// Interval replay, RewindMQ's own requests: start (30002), steer (30003), list (30004).

#include "broker/handlers/admin_handlers.h"
#include "broker/handlers/handler_util.h"
#include "broker/handlers/send_checks.h"

namespace rewindmq::broker {

using protocol::Command;
using protocol::FieldReader;
using protocol::ReplayStatus;
using remoting::Responder;

namespace {

void AnswerReplay(const Result<ReplayStatus>& status, const Responder& responder) {
  if (status.ok()) {
    SendBody(responder, protocol::EncodeReplayStatus(*status));
    return;
  }
  int32_t code = status.status().response_code();
  if (status.status().code() == ErrorCode::kNotFound) code = protocol::kQueryNotFound;
  responder.Fail(code == 0 ? protocol::kSystemError : code, status.status().message());
}

void HandleStart(Parts* parts, const Command& request, const Responder& responder) {
  Result<protocol::ReplayOrder> order = protocol::DecodeReplayOrder(request.body);
  if (!order.ok()) {
    responder.Fail(protocol::kSystemError, "the order of a replay: " + order.status().message());
    return;
  }
  if (Refusal refusal = CheckBrokerTakes(*parts); refusal.code != protocol::kSuccess) {
    responder.Fail(refusal.code, refusal.remark);
    return;
  }
  AnswerReplay(parts->replays->Start(*order), responder);
}

void HandleSteer(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  ReplaySteering steering;
  steering.id = fields.Text("replayId");
  steering.cancel = fields.BoolOr("cancel", false);
  if (request.fields.Find("pause") != nullptr) steering.pause = fields.Bool("pause");
  if (request.fields.Find("messagesPerSecond") != nullptr) {
    steering.messages_per_second = fields.Int32("messagesPerSecond");
  }
  if (FailedHeader(fields, responder)) return;
  AnswerReplay(parts->replays->Steer(steering), responder);
}

void HandleList(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  SendBody(responder,
           protocol::EncodeReplayList(parts->replays->List(fields.TextOr("replayId", ""))));
}

}  // namespace

void AddReplayHandlers(Parts* parts, remoting::Dispatcher* dispatcher) {
  AddHandler(parts, protocol::kStartReplay, HandleStart, dispatcher);
  AddHandler(parts, protocol::kSteerReplay, HandleSteer, dispatcher);
  AddHandler(parts, protocol::kGetReplays, HandleList, dispatcher);
}

}  // namespace rewindmq::broker
