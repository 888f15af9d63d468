#pragma once
// Plan, apply, verify and undo against any cluster: the part of the `reset` command behind its
// flags and its connection. Thread safety: one thread; calls block.

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>

#include "cli/result_file.h"
#include "client/admin_api.h"
#include "common/base/clock.h"
#include "common/base/status.h"
#include "reset/planner.h"
#include "reset/request.h"

namespace rewindmq::cli {

struct ResetRunOptions {
  std::string name_servers;  // kept in the result file
  bool json = false;
  bool dry_run = false;            // plan only
  std::string plan_hash;           // apply nothing else
  std::string result_path;         // empty = none
  std::optional<int64_t> wait_ms;  // for the evidence; absent = as long as it usually takes
  int64_t poll_interval_ms = 250;  // between two looks
};

class ResetRun {
 public:
  // All outlive this.
  ResetRun(client::AdminApi* admin, const Clock* clock, std::ostream* out)
      : admin_(admin), clock_(clock), out_(out) {}

  // Plans and, unless it is a dry run, applies and verifies. An error when not everything happened.
  Status Apply(const reset::Request& request, const ResetRunOptions& options);
  // Looks again at what a result file describes, and writes into it what it found.
  Status Verify(ResultFile result, const ResetRunOptions& options);
  // Plans and applies the way back.
  Status Undo(const ResultFile& result, const reset::Limits& limits,
              const ResetRunOptions& options);

 private:
  Result<reset::Plan> MakePlan(const reset::Request& request);
  Status CheckStill(const reset::Request& request, const reset::Table& table);
  Status AskBrokers(const ResetRunOptions& options, ResultFile* result);
  Status AskBroker(const std::string& name, const ResetRunOptions& options, ResultFile* result);
  void Resolve(const std::string& name, bool may_ask_again, ResultFile* result);
  // Until every queue is verified or the time is over.
  void Wait(int64_t wait_ms, const ResetRunOptions& options, ResultFile* result);
  Status ShowOutcome(const ResetRunOptions& options, const ResultFile& result);

  client::AdminApi* admin_;
  const Clock* clock_;
  std::ostream* out_;
};

}  // namespace rewindmq::cli
