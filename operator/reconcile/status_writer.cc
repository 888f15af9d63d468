#include "operator/reconcile/status_writer.h"

#include <utility>

#include "operator/reconcile/verdict.h"

namespace rewindmq::reconcile {
namespace {

// Who changes an object that often within one request is not waited for.
constexpr int kMaxAnswerWrites = 5;

}  // namespace

bool SameIntent(api::ResetStatus* stored, const reset::BrokerRow& asked) {
  const reset::BrokerRow* row = stored->table.FindBroker(asked.name);
  return row != nullptr && row->state == reset::BrokerState::kApplying &&
         row->attempts == asked.attempts;
}

StatusWriter::StatusWriter(api::ObjectStore* store, const Clock* clock, api::OffsetReset object)
    : store_(store), clock_(clock), object_(std::move(object)) {}

void StatusWriter::Complete() {
  object_.status.observed_generation = object_.generation;
  Tally(&object_.status);
}

Status StatusWriter::Write() {
  Complete();
  Result<api::OffsetReset> stored = store_->UpdateStatus(object_);
  if (!stored.ok()) return stored.status();
  object_ = std::move(stored).value();
  return Status::Ok();
}

Status StatusWriter::WriteAnswer(const std::string& broker_name) {
  for (int i = 1;; ++i) {
    Status written = Write();
    if (written.code() != ErrorCode::kConflict || i == kMaxAnswerWrites) return written;
    REWIND_TRY_ASSIGN(api::OffsetReset fresh, store_->Get(object_.key));
    const reset::BrokerRow* asked = object_.status.table.FindBroker(broker_name);
    if (fresh.uid != object_.uid || !SameIntent(&fresh.status, *asked)) return written;
    fresh.status = std::move(object_.status);
    object_ = std::move(fresh);
  }
}

Status StatusWriter::Hold() {
  if (object_.held) return Status::Ok();
  Result<api::OffsetReset> stored = store_->SetHeld(object_, true);
  if (stored.status().code() == ErrorCode::kUnsupported) return Status::Ok();
  if (stored.status().code() == ErrorCode::kPermissionDenied) {
    Event(true, "DeletionNotHeld",
          "should it be deleted while no operator runs, its brokers go on: " +
              stored.status().message());
    return Status::Ok();
  }
  REWIND_TRY(stored.status());
  stored->status = std::move(object_.status);
  object_ = std::move(stored).value();
  return Status::Ok();
}

void StatusWriter::Set(std::string_view type, std::string_view condition_status,
                       std::string_view reason, std::string message) {
  object_.status.SetCondition(type, condition_status, reason, std::move(message), clock_->WallMs(),
                              object_.generation);
}

void StatusWriter::Event(bool warning, const std::string& reason, const std::string& message) {
  store_->Event(object_, warning, reason, message);
}

}  // namespace rewindmq::reconcile
