#include "cli/command.h"

#include <utility>

namespace rewindmq::cli {

int RunCommandLine(int argc, const char* const* argv, std::ostream& out, std::ostream& errors) {
  CLI::App app("rewindctl: looks at and resets consumer groups of RocketMQ and RewindMQ clusters");
  app.require_subcommand(1);
  std::vector<std::pair<CLI::App*, std::unique_ptr<Command>>> commands;
  for (const CommandEntry& entry : Commands()) {
    CLI::App* part = app.add_subcommand(std::string(entry.name), std::string(entry.description));
    std::unique_ptr<Command> command = entry.make();
    command->AddOptions(part);
    commands.emplace_back(part, std::move(command));
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Zero for --help, whose text goes to `out`.
    return app.exit(error, out, errors) == 0 ? 0 : 1;
  }
  for (const auto& [part, command] : commands) {
    if (!part->parsed()) continue;
    Status done = command->Run(out);
    out.flush();
    if (done.ok()) return 0;
    errors << "rewindctl: " << done.message() << "\n";
  }
  return 1;
}

}  // namespace rewindmq::cli
