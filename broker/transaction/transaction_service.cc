#include "broker/transaction/transaction_service.h"

#include <asio/post.hpp>

#include "broker/send/message_id.h"
#include "broker/send/send_properties.h"
#include "common/base/log.h"
#include "common/protocol/command.h"

namespace rewindmq::broker {

TransactionService::TransactionService(asio::io_context& loop, store::MessageStore* store,
                                       OffsetTable* offsets, ProducerTable* producers,
                                       const Clock* clock, CheckSettings settings,
                                       int64_t interval_ms)
    : loop_(loop),
      timer_(loop),
      offsets_(offsets),
      producers_(producers),
      settings_(settings),
      interval_ms_(interval_ms),
      checker_(store, offsets, clock, [this](const HalfMessage& half) { AskProducer(half); }) {}

void TransactionService::Start() {
  asio::post(loop_, [self = shared_from_this()] { self->Arm(); });
}

void TransactionService::Stop() {
  stopped_ = true;
  asio::post(loop_, [self = shared_from_this()] { self->timer_.cancel(); });
}

void TransactionService::Arm() {
  if (stopped_) return;
  timer_.expires_after(std::chrono::milliseconds(interval_ms_));
  timer_.async_wait([self = shared_from_this()](const asio::error_code& error) {
    if (!error) self->Run();
  });
}

void TransactionService::Run() {
  if (stopped_) return;
  Result<CheckRound> round = checker_.Run(settings_);
  if (!round.ok()) {
    spdlog::error("half messages: {}", round.status().message());
  } else if (round->asked + round->deferred + round->discarded > 0) {
    spdlog::info("half messages: {} over, {} asked about, {} put off, {} given up", round->over,
                 round->asked, round->deferred, round->discarded);
    // What was put back must not be put back again after a crash.
    if (Status kept = offsets_->Persist(); !kept.ok()) {
      spdlog::error("offsets of half messages are not on disk: {}", kept.message());
    }
  }
  Arm();
}

void TransactionService::AskProducer(const HalfMessage& half) const {
  auto connection = producers_->NextConnection(half.Property(kPropertyProducerGroup));
  if (connection == nullptr) return;  // it is asked about again in the next rounds
  Result<std::string> body = EncodeForProducer(half);
  if (!body.ok()) {
    spdlog::error("{}", body.status().message());
    return;
  }
  std::string unique_key(half.Property(kPropertyUniqueKey));
  auto request = protocol::MakeRequest(protocol::kCheckTransactionState);
  request.With("topic", std::string(kHalfTopic))
      .With("tranStateTableOffset", half.queue_offset)
      .With("commitLogOffset", half.physical_offset)
      .With("offsetMsgId", OffsetMessageId(half.message.store_host, half.physical_offset));
  if (!unique_key.empty()) request.With("msgId", unique_key).With("transactionId", unique_key);
  request.body = std::move(*body);
  connection->InvokeOneway(std::move(request));
}

}  // namespace rewindmq::broker
