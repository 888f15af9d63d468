#pragma once
// One visit to one OffsetReset: goes from step to step, each ending with a write of the status,
// until the object is finished or has to wait. Everything that decides what comes next is read from
// the object itself, so a visit may end anywhere and the next one, in another process too, goes on.
// Thread safety: one visit of an object at a time.

#include <array>
#include <cstdint>
#include <functional>
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
#include "reset/route_check.h"

namespace rewindmq::reconcile {

// What a visit still has to say something about, in the order in which it does.
inline constexpr std::array kOpenConditions = {api::kPlanned, api::kApproved, api::kApplied,
                                               api::kVerified};

// What a process remembers of an object between visits; losing it costs no correctness.
struct Memory {
  int64_t not_before_ms = 0;  // on the steady clock
  // A broker's answer that could not be written.
  std::optional<reset::Table> unsaved;
  // Of a replay, on the steady clock: how often it is looked at, when the status was last written,
  // and when the group last consumed some of it.
  int64_t poll_ms = 0;
  int64_t written_at_ms = 0;
  std::optional<int64_t> consumed_at_ms;
  // Ends what brokers go on with by themselves, when the object was deleted meanwhile.
  std::function<void()> abandon;
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
  // As the last write left it.
  const api::OffsetReset& object() const { return writer_.object(); }

 private:
  // Set when the visit is over; otherwise the next step follows.
  using Step = std::optional<Outcome>;

  Step Accept();
  Step PinTarget();
  Step PinRestore();
  Step CheckInterval(int64_t from_ms, int64_t now_ms);
  Step Pace();
  Step TakeLock();
  // Before anything has begun: plans, waits for the approval, and says what is to begin.
  Step Prepare();
  Step MakePlan();
  Step NoSnapshot(const Status& error);
  Step AwaitApproval(const std::string& message);
  Step StartRunning(const std::string& message);
  // Whether what was planned earlier may still be carried out.
  Step CheckRoute();
  void Object(const reset::Objection& objection);
  // Rows that only `interruptedPolicy: Resume` asks for once more.
  bool ResumesAt(reset::BrokerRow* broker);
  Step Act();
  Step Recover(const std::string& broker_name);
  Step ApplyTo(const std::string& broker_name);
  Step RecordAnswer(const std::string& broker_name, bool fell_back);
  // Ends the reset when its deadline is over or the user cancels, before the next broker is asked.
  Step CheckEnd();
  Step Verify();
  // Steers and watches what the brokers deliver, until they are done.
  Step FollowReplay();
  // Into the table and the summary; the error of a broker that did not answer.
  Status PollReplay();
  // Ends it once all is delivered, and consumed as far as that is to be verified.
  Step ConcludeReplay();
  // Tells the brokers first; one that does not hear it is told again.
  Step CancelReplay(const Verdict& end);
  Step WaitForReplay(const std::string& before);
  std::string ReplayView();

  // Counts a failed attempt and waits, or nothing when the attempts are used up.
  Step Retry(std::string_view condition, std::string_view reason, const Status& error);
  Outcome Refuse(std::string_view condition, std::string_view reason, std::string message);
  Outcome Finish(const Verdict& verdict);
  Outcome Failed(const Status& error) const;
  // The rows once more, for people; a status without it is as good.
  void WriteResults();

  api::ResetStatus& status() { return writer_.status(); }
  reset::Table& table() { return writer_.status().table; }
  std::string NameServers() const;
  void UsePinnedTarget();
  bool HasBegun() { return status().IsTrue(api::kApproved); }
  bool WaitsForApproval() const {
    return spec_.approval_required && spec_.approved_plan_hash.empty();
  }
  // Past `activeDeadlineSeconds`, in which waiting for an approval does not count.
  bool IsLate();

  const Tools tools_;
  Memory* memory_;
  StatusWriter writer_;
  api::AcceptedSpec spec_;
  bool planned_now_ = false;  // by this very visit
  std::shared_ptr<client::AdminApi> admin_;
};

}  // namespace rewindmq::reconcile
