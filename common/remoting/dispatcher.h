#pragma once
// The table of request code -> handler. Filled before the first connection, read-only afterwards,
// so any thread may dispatch.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/protocol/command.h"

namespace rewindmq::remoting {

class Connection;

// The way back to the caller of one request. Copyable; may outlive the request's bytes and answer
// later from any thread (long polling). Answering twice or answering a one-way request does
// nothing on the wire.
class Responder {
 public:
  Responder(std::shared_ptr<Connection> connection, const protocol::Command& request);

  // Fills in opaque, response flag and the caller's own serialize type.
  void Send(protocol::Outgoing response) const;
  // The same, with body parts sent from where they lie; `keep_alive` owns them until then.
  void Send(protocol::Outgoing response, std::vector<std::string_view> body_parts,
            std::vector<std::shared_ptr<const void>> keep_alive) const;
  void Ok() const { Send(protocol::MakeResponse(protocol::kSuccess)); }
  void Fail(int32_t code, std::string remark) const {
    Send(protocol::MakeResponse(code, std::move(remark)));
  }

  const std::shared_ptr<Connection>& connection() const { return connection_; }
  bool oneway() const { return oneway_; }

 private:
  void Complete(protocol::Outgoing* response) const;

  std::shared_ptr<Connection> connection_;
  int32_t opaque_;
  protocol::SerializeType serialize_type_;
  bool oneway_;
};

// The command's views live during the call only.
using Handler = std::function<void(const protocol::Command& request, const Responder& responder)>;

class Dispatcher {
 public:
  void Add(int32_t code, Handler handler) { handlers_[code] = std::move(handler); }
  // An unknown code is answered with 3; a handler's exception with 1 and its text.
  void Dispatch(const protocol::Command& request, const Responder& responder) const;
  std::vector<int32_t> Codes() const;

 private:
  std::map<int32_t, Handler> handlers_;
};

}  // namespace rewindmq::remoting
