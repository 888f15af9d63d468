#pragma once
// One visit to one OffsetReset: goes from step to step, each ending with a write of the status,
// until the object is finished or has to wait. Everything that decides what comes next is read from
// the object itself, so a visit may end anywhere and the next one, in another process too, goes on.
// Thread safety: one visit of an object at a time.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "client/admin_api.h"
#include "common/base/clock.h"
#include "operator/api/validate.h"
#include "operator/reconcile/group_lock.h"
#include "operator/reconcile/reconciler.h"
#include "operator/reconcile/status_writer.h"
#include "operator/reconcile/verdict.h"
#include "reset/planner.h"

namespace rewindmq::reconcile {

// What a process remembers of an object between visits; losing it costs no correctness.
struct Memory {
  int64_t not_before_ms = 0;  // on the steady clock
  // A broker's answer that could not be written.
  std::optional<reset::Table> unsaved;
};

// All outlive the visit.
struct Tools {
  api::ObjectStore* store;
  const AdminFactory* admin_factory;
  const Clock* clock;
  GroupLock* lock;
};

class Visit {
 public:
  Visit(const Tools& tools, Memory* memory, api::OffsetReset object);

  Outcome Run();

 private:
  // Set when the visit is over; otherwise the next step follows.
  using Step = std::optional<Outcome>;

  Step Accept();
  Step PinTarget();
  Step Pace();
  Step TakeLock();
  Step MakePlan();
  Step CheckLimits(const reset::Plan& plan);
  Step StartRunning(const reset::Plan& plan);
  Step Act();
  Step Recover(const std::string& broker_name);
  Step ApplyTo(const std::string& broker_name);
  Step RecordAnswer(const std::string& broker_name, bool fell_back);
  // Ends the reset when its deadline is over or the user cancels, before the next broker is asked.
  Step CheckEnd();
  Step Verify();

  // Counts a failed attempt and waits, or nothing when the attempts are used up.
  Step Retry(std::string_view condition, std::string_view reason, const Status& error);
  Outcome Refuse(std::string_view condition, std::string_view reason, std::string message);
  Outcome Finish(const Verdict& verdict);
  Outcome Failed(const Status& error) const;

  api::ResetStatus& status() { return writer_.status(); }
  reset::Table& table() { return writer_.status().table; }
  std::string NameServers() const;

  const Tools tools_;
  Memory* memory_;
  StatusWriter writer_;
  api::AcceptedSpec spec_;
  std::shared_ptr<client::AdminApi> admin_;
};

}  // namespace rewindmq::reconcile
