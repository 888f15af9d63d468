#include "broker/handlers/transaction_handlers.h"

#include "broker/handlers/handler_util.h"
#include "broker/handlers/message_hosts.h"
#include "broker/send/message_id.h"
#include "broker/transaction/end_transaction.h"
#include "common/base/log.h"
#include "common/remoting/connection.h"

namespace rewindmq::broker {

using protocol::Command;
using protocol::FieldReader;
using remoting::Responder;

namespace {

TransactionEnder EnderOf(Parts* parts) {
  return {parts->store.get(), parts->writer.get(), parts->clock, StoreHost(*parts)};
}

void HandleEnd(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  EndTransaction end;
  end.producer_group = fields.Text("producerGroup");
  end.half_offset = fields.Int64("tranStateTableOffset");
  end.physical_offset = fields.Int64("commitLogOffset");
  end.end = static_cast<TransactionEnd>(fields.Int32("commitOrRollback"));
  end.from_check = fields.BoolOr("fromTransactionCheck", false);
  if (FailedHeader(fields, responder)) return;
  if (end.end != TransactionEnd::kCommit && end.end != TransactionEnd::kRollback) {
    // The producer does not know yet and will be asked; Java gives no answer here either.
    return;
  }
  EndAnswer answer = EnderOf(parts).End(end, parts->options.transaction_timeout_ms);
  if (answer.code != protocol::kSuccess) {
    spdlog::warn("producer {} of group {} cannot end half message {}: {} {}",
                 responder.connection()->remote_address(), end.producer_group, end.half_offset,
                 answer.code, answer.remark);
  }
  responder.Fail(answer.code, answer.remark);
}

void HandleResume(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  std::string id(fields.Text("msgId"));
  if (FailedHeader(fields, responder)) return;
  Result<int64_t> offset = PhysicalOffsetOf(id);
  Status resumed = offset.ok() ? EnderOf(parts).Resume(*offset) : offset.status();
  if (resumed.ok()) {
    responder.Ok();
    return;
  }
  spdlog::warn("half message {} is not asked about again: {}", id, resumed.message());
  bool refused = resumed.code() == ErrorCode::kUnavailable;
  responder.Fail(protocol::kSystemError,
                 refused ? "Put message back to RMQ_SYS_TRANS_HALF_TOPIC failed."
                         : "Exception was thrown when putting message back to "
                           "RMQ_SYS_TRANS_HALF_TOPIC.");
}

}  // namespace

void AddTransactionHandlers(Parts* parts, remoting::Dispatcher* dispatcher) {
  AddHandler(parts, protocol::kEndTransaction, HandleEnd, dispatcher);
  AddHandler(parts, protocol::kResumeCheckHalfMessage, HandleResume, dispatcher);
}

}  // namespace rewindmq::broker
