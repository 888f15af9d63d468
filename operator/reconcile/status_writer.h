#pragma once
// One object during one visit, and the only way to write its status. After every write the object
// is the stored one, so the next write is fenced by the version that this one made.
// Thread safety: one visit at a time.

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "operator/api/object_store.h"

namespace rewindmq::reconcile {

class StatusWriter {
 public:
  // All outlive the writer.
  StatusWriter(api::ObjectStore* store, const Clock* clock, api::OffsetReset object);

  const api::OffsetReset& object() const { return object_; }
  api::ResetStatus& status() { return object_.status; }

  // kConflict when somebody changed the object since it was read.
  Status Write();
  // For the answer of a broker that has been asked: when somebody else changed the object
  // meanwhile, but its status is still our intent, the answer goes over it.
  Status WriteAnswer(const std::string& broker_name);

  // So that a deletion waits until the reset is over; where that cannot be had it is done without.
  // What the status is to say is not written yet.
  Status Hold();

  void Set(std::string_view type, std::string_view condition_status, std::string_view reason,
           std::string message);
  void Event(bool warning, const std::string& reason, const std::string& message);

 private:
  void Complete();

  api::ObjectStore* store_;
  const Clock* clock_;
  api::OffsetReset object_;
};

// True when both say that the broker is being asked, for the same time.
bool SameIntent(api::ResetStatus* stored, const reset::BrokerRow& asked);

}  // namespace rewindmq::reconcile
