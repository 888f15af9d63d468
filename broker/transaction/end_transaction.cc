#include "broker/transaction/end_transaction.h"

#include <algorithm>

#include "broker/store/record.h"
#include "broker/transaction/open_halves.h"
#include "common/protocol/codes.h"

namespace rewindmq::broker {
namespace {

EndAnswer AnswerOf(const store::PutResult& put) {
  switch (put.status) {
    case store::PutStatus::kOk:
      return {};
    case store::PutStatus::kMessageIllegal:
    case store::PutStatus::kPropertiesSizeExceeded:
      return {protocol::kMessageIllegal, put.error};
    case store::PutStatus::kServiceNotAvailable:
      return {protocol::kServiceNotAvailable, put.error};
    case store::PutStatus::kCreateFileFailed:
    case store::PutStatus::kTimerRefused:
      return {protocol::kSystemError, put.error};
  }
  return {protocol::kSystemError, put.error};
}

// The request must name the half that it means in every way it has.
EndAnswer CheckAgainst(const HalfMessage& half, const EndTransaction& request) {
  if (half.Property(kPropertyProducerGroup) != request.producer_group) {
    return {protocol::kSystemError, "The producer group wrong"};
  }
  if (half.queue_offset != request.half_offset) {
    return {protocol::kSystemError, "The transaction state table offset wrong"};
  }
  if (half.physical_offset != request.physical_offset) {
    return {protocol::kSystemError, "The commit log offset wrong"};
  }
  return {};
}

}  // namespace

EndAnswer TransactionEnder::Close(int64_t half_offset) {
  return AnswerOf(store_->Put(OpMessageFor(half_offset, host_, clock_->WallMs()).View()));
}

EndAnswer TransactionEnder::End(const EndTransaction& request, int64_t timeout_ms) {
  std::optional<store::RecordView> view = store_->RecordAt(request.physical_offset);
  Result<HalfMessage> half = view ? DecodeHalf(view->bytes) : Status(ErrorCode::kNotFound, "");
  if (!half.ok()) return {protocol::kSystemError, "Find prepared transaction message failed"};
  if (!request.from_check) {
    // Whoever asked for a time without checks must end the transaction within it.
    std::optional<int64_t> immunity_ms = ImmunityMsOf(*half, timeout_ms);
    int64_t age_ms = clock_->WallMs() - half->message.born_timestamp_ms;
    if (immunity_ms && age_ms > std::max(*immunity_ms, timeout_ms)) {
      return {protocol::kIllegalOperation, ""};
    }
  }
  EndAnswer checked = CheckAgainst(*half, request);
  if (checked.code != protocol::kSuccess) return checked;
  if (request.end == TransactionEnd::kCommit) {
    Result<InnerMessage> committed = CommittedOf(*half);
    if (!committed.ok()) return {protocol::kSystemError, committed.status().message()};
    EndAnswer put = AnswerOf(writer_->Put(*committed));
    if (put.code != protocol::kSuccess) return put;
  }
  // The transaction has ended even when this cannot be noted: its producer will be asked again.
  EndAnswer closed = Close(half->queue_offset);
  return request.end == TransactionEnd::kCommit ? EndAnswer() : closed;
}

Status TransactionEnder::Resume(int64_t physical_offset) {
  std::optional<store::RecordView> view = store_->RecordAt(physical_offset);
  if (!view) return {ErrorCode::kNotFound, "no message lies there"};
  REWIND_TRY_ASSIGN(store::Record record,
                    store::DecodeRecord(view->bytes, store::CrcCheck::kVerify));
  if (record.topic != kDiscardedTopic && record.topic != kHalfTopic) {
    return {ErrorCode::kInvalidArgument, "the message there is one of topic " +
                                             std::string(record.topic) +
                                             ", not of a transaction that was given up"};
  }
  HalfMessage half{InnerMessage::FromRecord(record), record.queue_offset, record.physical_offset};
  store::PutResult put = store_->Put(Resumed(half).View());
  return put.ok() ? Status::Ok() : Status(ErrorCode::kUnavailable, put.error);
}

}  // namespace rewindmq::broker
