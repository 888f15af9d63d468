#pragma once
// reset plan|apply|verify|undo|capabilities: moves a consumer group, and the way back. The same
// engine as the operator's. Thread safety: one thread.

#include <cstdint>
#include <optional>
#include <string>

#include "cli/command.h"
#include "cli/reset_flags.h"
#include "cli/reset_run.h"

namespace rewindmq::cli {

class Reset : public Command {
 public:
  void AddOptions(CLI::App* app) override;
  Status Run(std::ostream& out) override;

 private:
  void AddApplyFlags(CLI::App* app);
  Result<ResetRunOptions> RunOptions() const;
  Status RunWithFile(const ResetRunOptions& options, std::ostream& out);

  CLI::App* plan_ = nullptr;
  CLI::App* apply_ = nullptr;
  CLI::App* verify_ = nullptr;
  CLI::App* undo_ = nullptr;
  CLI::App* capabilities_ = nullptr;
  ResetFlags plan_flags_;
  ResetFlags apply_flags_;
  std::string name_servers_;
  std::string output_ = "table";
  std::string plan_hash_;
  std::string result_path_;
  std::string file_;
  std::optional<int64_t> wait_seconds_;
  std::optional<int64_t> max_replay_;
  std::optional<int64_t> max_skip_;
  bool dry_run_ = false;
};

}  // namespace rewindmq::cli
