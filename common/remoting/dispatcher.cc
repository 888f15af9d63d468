#include "common/remoting/dispatcher.h"

#include <exception>

#include "common/base/log.h"
#include "common/remoting/connection.h"

namespace rewindmq::remoting {

Responder::Responder(std::shared_ptr<Connection> connection, const protocol::Command& request)
    : connection_(std::move(connection)),
      opaque_(request.opaque),
      serialize_type_(request.serialize_type),
      oneway_(request.IsOneway()) {}

void Responder::Complete(protocol::Outgoing* response) const {
  response->opaque = opaque_;
  response->flag |= protocol::kResponseFlag;
  response->serialize_type = serialize_type_;
}

void Responder::Send(protocol::Outgoing response) const {
  if (oneway_) return;
  Complete(&response);
  connection_->Send(response);
}

void Responder::Send(protocol::Outgoing response, std::vector<std::string_view> body_parts,
                     std::vector<std::shared_ptr<const void>> keep_alive) const {
  if (oneway_) return;
  Complete(&response);
  connection_->Send(response, std::move(body_parts), std::move(keep_alive));
}

void Dispatcher::Dispatch(const protocol::Command& request, const Responder& responder) const {
  auto it = handlers_.find(request.code);
  if (it == handlers_.end()) {
    responder.Fail(protocol::kRequestCodeNotSupported,
                   " request type " + std::to_string(request.code) + " not supported");
    return;
  }
  try {
    it->second(request, responder);
  } catch (const std::exception& error) {
    // Handlers return their errors as values; this is for what a library throws all the same.
    spdlog::error("request {} from {} failed: {}", request.code,
                  responder.connection()->remote_address(), error.what());
    responder.Fail(protocol::kSystemError, error.what());
  }
}

std::vector<int32_t> Dispatcher::Codes() const {
  std::vector<int32_t> codes;
  for (const auto& [code, handler] : handlers_) codes.push_back(code);
  return codes;
}

}  // namespace rewindmq::remoting
