#include "cli/reset.h"

#include <random>
#include <utility>

#include "cli/remote.h"
#include "common/base/clock.h"
#include "reset/capabilities.h"

namespace rewindmq::cli {
namespace {

// A replay is known by it at the brokers for as long as they keep it.
std::string NewOperationId() {
  constexpr char kDigits[] = "0123456789abcdef";
  std::random_device random;
  std::string id = "ctl-";
  for (int i = 0; i < 16; ++i) id += kDigits[random() % 16];
  return id;
}

void AddOutput(CLI::App* app, std::string* output) {
  app->add_option("-o,--output", *output, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
}

}  // namespace

void Reset::AddApplyFlags(CLI::App* app) {
  app->add_option("--plan-hash", plan_hash_, "only the plan with this hash");
  app->add_option("--result", result_path_,
                  "keep request and rows in this file, for verify and undo");
  app->add_option("--wait", wait_seconds_, "seconds to wait until every queue is seen moved")
      ->check(CLI::Range(int64_t{0}, int64_t{86'400}));
}

void Reset::AddOptions(CLI::App* app) {
  app->require_subcommand(1);
  plan_ = app->add_subcommand("plan", "Shows what a reset would do, and does nothing");
  AddNameServers(plan_, &name_servers_)->required();
  plan_flags_.AddOptions(plan_);
  AddOutput(plan_, &output_);

  apply_ = app->add_subcommand("apply", "Plans, and does what the plan says");
  AddNameServers(apply_, &name_servers_)->required();
  apply_flags_.AddOptions(apply_);
  AddApplyFlags(apply_);
  AddOutput(apply_, &output_);

  verify_ = app->add_subcommand("verify", "Looks again at a reset whose result was kept");
  verify_->add_option("FILE", file_, "the result of `reset apply --result`")->required();
  AddNameServers(verify_, &name_servers_);
  verify_->add_option("--wait", wait_seconds_, "seconds to wait until every queue is seen moved")
      ->check(CLI::Range(int64_t{0}, int64_t{86'400}));
  AddOutput(verify_, &output_);

  undo_ = app->add_subcommand("undo", "Moves every queue back to where a reset found it");
  undo_->add_option("FILE", file_, "the result of `reset apply --result`")->required();
  AddNameServers(undo_, &name_servers_);
  undo_->add_option("--max-replay", max_replay_, "refuse to replay more messages");
  undo_->add_option("--max-skip", max_skip_, "refuse to skip more messages");
  undo_->add_flag("--dry-run", dry_run_, "show the way back only");
  AddApplyFlags(undo_);
  AddOutput(undo_, &output_);

  capabilities_ = app->add_subcommand("capabilities",
                                      "What each kind of broker can do of a reset, tab-separated");
}

Result<ResetRunOptions> Reset::RunOptions() const {
  ResetRunOptions options;
  options.name_servers = name_servers_;
  options.json = output_ == "json";
  options.dry_run = plan_->parsed() || dry_run_;
  options.plan_hash = plan_hash_;
  options.result_path = result_path_;
  if (wait_seconds_.has_value()) options.wait_ms = *wait_seconds_ * 1000;
  const bool hash = plan_hash_.size() == 16 &&
                    plan_hash_.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!plan_hash_.empty() && !hash) {
    return Status(ErrorCode::kInvalidArgument,
                  "--plan-hash is '" + plan_hash_ +
                      "'; give the 16 hexadecimal digits that `rewindctl reset plan` printed");
  }
  return options;
}

Status Reset::RunWithFile(const ResetRunOptions& given, std::ostream& out) {
  REWIND_TRY_ASSIGN(ResultFile result, ReadResult(file_));
  ResetRunOptions options = given;
  if (options.name_servers.empty()) options.name_servers = result.name_servers;
  if (verify_->parsed()) options.result_path = file_;
  RemoteCluster cluster(options.name_servers);
  ResetRun run(cluster.admin(), &SystemClock(), &out);
  if (verify_->parsed()) return run.Verify(std::move(result), options);
  return run.Undo(result, {max_replay_, max_skip_}, options);
}

Status Reset::Run(std::ostream& out) {
  if (capabilities_->parsed()) {
    out << reset::CapabilityLines();
    return Status::Ok();
  }
  REWIND_TRY_ASSIGN(ResetRunOptions options, RunOptions());
  if (verify_->parsed() || undo_->parsed()) return RunWithFile(options, out);
  const ResetFlags& flags = plan_->parsed() ? plan_flags_ : apply_flags_;
  REWIND_TRY_ASSIGN(reset::Request request,
                    flags.MakeRequest(SystemClock().WallMs(), NewOperationId()));
  RemoteCluster cluster(name_servers_);
  return ResetRun(cluster.admin(), &SystemClock(), &out).Apply(request, options);
}

}  // namespace rewindmq::cli
