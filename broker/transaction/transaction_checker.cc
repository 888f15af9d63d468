#include "broker/transaction/transaction_checker.h"

#include <algorithm>

#include "broker/store/record.h"
#include "common/base/log.h"

namespace rewindmq::broker {

using store::GetResult;

namespace {

constexpr int32_t kReadMessages = 32;
constexpr int64_t kReadBytes = 4 << 20;

}  // namespace

int64_t TransactionChecker::OffsetOf(std::string_view topic) const {
  auto offset = offsets_->Find(kTransactionGroup, topic, kTransactionQueue);
  if (!offset) return store_->MinOffset(topic, kTransactionQueue);
  // A queue that lost its end in a power cut must not be waited for.
  return std::min(*offset, store_->MaxOffset(topic, kTransactionQueue));
}

void TransactionChecker::ReadOps(int64_t from, OpLedger* ops) const {
  const int64_t end = store_->MaxOffset(kOpTopic, kTransactionQueue);
  while (from < end) {
    GetResult found =
        store_->Get(kOpTopic, kTransactionQueue, from, kReadMessages, kReadBytes, nullptr);
    for (const store::RecordView& view : found.records) {
      Result<store::Record> record = store::DecodeRecord(view.bytes, store::CrcCheck::kSkip);
      if (!record.ok()) continue;
      ops->Add(record->queue_offset, record->store_timestamp_ms, HalvesOfOp(record->body));
    }
    if (found.next_begin_offset <= from) return;
    from = found.next_begin_offset;
  }
}

Result<HalfMessage> TransactionChecker::PutBack(InnerMessage message) {
  store::PutResult put = store_->Put(message.View());
  if (!put.ok()) {
    return Status(ErrorCode::kUnavailable,
                  "a half message cannot be put back, the next round tries again: " + put.error);
  }
  message.store_timestamp_ms = put.store_timestamp_ms;
  return HalfMessage{std::move(message), put.queue_offset, put.physical_offsets.front()};
}

Status TransactionChecker::Settle(HalfMessage half, Walk* walk) {
  switch (FateOf(half, walk->ops, walk->rules)) {
    case HalfFate::kOver:
      ++walk->round.over;
      break;
    case HalfFate::kAsk: {
      REWIND_TRY_ASSIGN(HalfMessage copy, PutBack(AskedAgain(half)));
      ask_(copy);
      ++walk->round.asked;
      break;
    }
    case HalfFate::kDefer:
      REWIND_TRY(PutBack(Deferred(half)).status());
      ++walk->round.deferred;
      break;
    case HalfFate::kDiscard:
      spdlog::error(
          "transaction of half message {} (UNIQ_KEY {}, producer group {}) is given up: nobody "
          "ended it; it is kept in topic {}",
          half.queue_offset, half.Property(kPropertyUniqueKey),
          half.Property(kPropertyProducerGroup), kDiscardedTopic);
      REWIND_TRY(PutBack(DiscardedOf(half)).status());
      ++walk->round.discarded;
      break;
    case HalfFate::kTooYoung:
      walk->walked_ms = half.message.store_timestamp_ms;
      walk->stopped = true;
      return Status::Ok();
  }
  walk->at = half.queue_offset + 1;
  return Status::Ok();
}

// The next messages of the queue that are not known to be over.
Status TransactionChecker::WalkSome(Walk* walk) {
  while (walk->at < walk->end && walk->ops.IsOver(walk->at)) {
    ++walk->at;
    ++walk->round.over;
  }
  if (walk->at >= walk->end) return Status::Ok();
  GetResult found =
      store_->Get(kHalfTopic, kTransactionQueue, walk->at, kReadMessages, kReadBytes, nullptr);
  for (const store::RecordView& view : found.records) {
    Result<HalfMessage> half = DecodeHalf(view.bytes);
    if (!half.ok()) continue;
    if (half->queue_offset >= walk->end) break;
    REWIND_TRY(Settle(std::move(*half), walk));
    if (walk->stopped) return Status::Ok();
  }
  // Behind expired and damaged ones; never back.
  int64_t next = std::min(found.next_begin_offset, walk->end);
  if (next <= walk->at && found.records.empty()) {
    walk->stopped = true;
    walk->walked_ms = 0;
  }
  walk->at = std::max(walk->at, next);
  return Status::Ok();
}

Result<CheckRound> TransactionChecker::Run(const CheckSettings& settings) {
  const int64_t end = store_->MaxOffset(kHalfTopic, kTransactionQueue);
  if (end == 0) return CheckRound();
  const int64_t half_offset = OffsetOf(kHalfTopic);
  const int64_t op_offset = OffsetOf(kOpTopic);
  Walk walk{{}, OpLedger(op_offset, half_offset), half_offset, end, 0, false, {}};
  walk.rules = {clock_->WallMs(), settings.timeout_ms, settings.check_max, settings.keep_ms};
  walk.walked_ms = walk.rules.started_ms;
  // Only what ended before this moment counts; a later end of a half that is asked about now may
  // deliver its message twice, as in Java.
  ReadOps(op_offset, &walk.ops);
  Status done;
  const int64_t deadline_ms = clock_->SteadyMs() + kMaxCheckRoundMs;
  while (done.ok() && !walk.stopped && walk.at < walk.end) {
    done = WalkSome(&walk);
    if (clock_->SteadyMs() > deadline_ms) break;
  }
  // Whoever stopped early has not seen all copies.
  if (!walk.stopped && walk.at < walk.end) walk.walked_ms = 0;
  if (walk.at != half_offset) {
    offsets_->Commit(kTransactionGroup, kHalfTopic, kTransactionQueue, walk.at);
  }
  int64_t next_op = walk.ops.NextOpOffset(walk.at, walk.walked_ms);
  if (next_op != op_offset) {
    offsets_->Commit(kTransactionGroup, kOpTopic, kTransactionQueue, next_op);
  }
  if (!done.ok()) return done;
  return walk.round;
}

}  // namespace rewindmq::broker
