#include "common/base/server_arguments.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <map>

namespace rewindmq {

Result<ServerArguments> ParseServerArguments(int argc, const char* const* argv,
                                             const std::string& description,
                                             const std::vector<std::string>& known_keys) {
  CLI::App app(description);
  std::string file;
  app.add_option("-c,--configFile", file, "settings: RocketMQ properties, or YAML (*.yaml)");
  bool list_requests = false;
  app.add_flag("--list-requests", list_requests,
               "print every request code and whether it is served");
  std::map<std::string, std::string> flags;
  for (const std::string& key : known_keys) {
    std::string names = (key == "namesrvAddr" ? "-n,--" : "--") + key;
    app.add_option(names, flags[key], "also as " + EnvironmentName(key));
  }
  ServerArguments arguments;
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    arguments.exit_code = 0;
    return arguments;
  } catch (const CLI::ParseError& error) {
    return Status(ErrorCode::kInvalidArgument, std::string(error.what()) + " (see --help)");
  }
  arguments.list_requests = list_requests;
  if (!file.empty()) REWIND_TRY(arguments.settings.LoadFile(file));
  arguments.settings.LoadEnvironment(known_keys);
  for (const auto& [key, value] : flags) {
    if (app.count("--" + key) > 0) arguments.settings.Set(key, value, "flag --" + key);
  }
  return arguments;
}

}  // namespace rewindmq
