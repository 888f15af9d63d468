#include "nameserver/handlers.h"

namespace rewindmq::nameserver {

HandlerTable AllHandlers() {
  HandlerTable table;
  AddBrokerHandlers(&table);
  AddRouteHandlers(&table);
  AddTopicHandlers(&table);
  AddKvHandlers(&table);
  AddConfigHandlers(&table);
  return table;
}

protocol::Outgoing Failure(const Status& status) {
  return protocol::MakeResponse(protocol::kSystemError, status.message());
}

}  // namespace rewindmq::nameserver
