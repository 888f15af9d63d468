#pragma once
// What the nameserver answers, one family of requests a file. A handler is a plain function from a
// request and the state to an answer; sockets are somebody else's.
// Thread safety: none; all handlers run on the one io thread, which owns the state.

#include <cstdint>
#include <map>
#include <string>

#include "common/base/clock.h"
#include "common/protocol/command.h"
#include "nameserver/kv_config.h"
#include "nameserver/options.h"
#include "nameserver/route_table.h"

namespace rewindmq::nameserver {

struct State {
  Options options;
  KvConfig kv;
  RouteTable routes;
  const Clock* clock;
};

struct Request {
  const protocol::Command& command;
  uint64_t connection_id;
};

using Handler = protocol::Outgoing (*)(State* state, const Request& request);
using HandlerTable = std::map<int32_t, Handler>;

void AddBrokerHandlers(HandlerTable* table);  // 103, 104, 322, 901, 904
void AddRouteHandlers(HandlerTable* table);   // 105, 106
void AddTopicHandlers(HandlerTable* table);   // 205, 206, 216, 217, 224, 304, 311, 312, 313, 327
void AddKvHandlers(HandlerTable* table);      // 100, 101, 102, 219
void AddConfigHandlers(HandlerTable* table);  // 318, 319

// All of them.
HandlerTable AllHandlers();

// The answer to a request whose fields or body are wrong: code 1 and what was wrong.
protocol::Outgoing Failure(const Status& status);

}  // namespace rewindmq::nameserver
