#pragma once
// One command of rewindctl. A command is a class of its own file and one line in commands.cc.
// Thread safety: one thread.

#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace rewindmq::cli {

class Command {
 public:
  virtual ~Command() = default;
  // Declares the flags on the command's own part of the command line.
  virtual void AddOptions(CLI::App* app) = 0;
  // Results go to `out`. An error is shown on stderr, and makes the exit code 1.
  virtual Status Run(std::ostream& out) = 0;
};

struct CommandEntry {
  std::string_view name;
  std::string_view description;
  std::unique_ptr<Command> (*make)();
};

// Every command, in the order in which help shows them.
const std::vector<CommandEntry>& Commands();

// Parses the command line, runs the command it names, and gives the exit code.
int RunCommandLine(int argc, const char* const* argv, std::ostream& out, std::ostream& errors);

}  // namespace rewindmq::cli
