#pragma once
// Small steps that every request family takes.

#include "broker/handlers/parts.h"
#include "common/protocol/fields.h"
#include "common/remoting/dispatcher.h"

namespace rewindmq::broker {

// A plain function over the broker's parts as a handler.
using PartsHandler = void (*)(Parts*, const protocol::Command&, const remoting::Responder&);

inline void AddHandler(Parts* parts, int32_t code, PartsHandler handler,
                       remoting::Dispatcher* dispatcher) {
  dispatcher->Add(code, [parts, handler](const protocol::Command& request,
                                         const remoting::Responder& responder) {
    handler(parts, request, responder);
  });
}

// True, and answered, when a required field was missing or malformed.
inline bool FailedHeader(const protocol::FieldReader& fields,
                         const remoting::Responder& responder) {
  if (fields.status().ok()) return false;
  responder.Fail(protocol::kSystemError, fields.status().message());
  return true;
}

inline void SendBody(const remoting::Responder& responder, std::string body) {
  auto response = protocol::MakeResponse(protocol::kSuccess);
  response.body = std::move(body);
  responder.Send(std::move(response));
}

// Success, or code 1 with the reason.
inline void Finish(const remoting::Responder& responder, const Status& done) {
  if (done.ok()) {
    responder.Ok();
  } else {
    responder.Fail(protocol::kSystemError, done.message());
  }
}

}  // namespace rewindmq::broker
