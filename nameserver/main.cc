// rewind-nameserver: tells producers, consumers and tools where topics are.

#include <csignal>
#include <iostream>

#include "common/base/log.h"
#include "common/base/server_arguments.h"
#include "common/protocol/request_names.h"
#include "nameserver/handlers.h"
#include "nameserver/options.h"
#include "nameserver/service.h"

namespace rewindmq::nameserver {
namespace {

int Fail(const Status& status) {
  std::cerr << "rewind-nameserver: " << status.message() << "\n";
  return 1;
}

void WarnAboutSettings(const Settings& settings) {
  for (const std::string& key : settings.Unknown(KnownKeys())) {
    spdlog::warn("unknown setting {} is ignored", key);
  }
  for (const std::string& key : IgnoredKeys()) {
    if (settings.all().count(key) > 0) spdlog::warn("setting {} has no effect here", key);
  }
}

int Run(int argc, const char* const* argv) {
  Result<ServerArguments> arguments =
      ParseServerArguments(argc, argv, "RewindMQ nameserver", KnownKeys());
  if (!arguments.ok()) return Fail(arguments.status());
  if (arguments->exit_code) return *arguments->exit_code;
  if (arguments->list_requests) {
    std::vector<int32_t> served;
    for (const auto& [code, handler] : AllHandlers()) served.push_back(code);
    std::cout << protocol::ListRequests(protocol::Asked::kNameserver, served, {});
    return 0;
  }
  Result<Options> options = ReadOptions(arguments->settings);
  if (!options.ok()) return Fail(options.status());
  Status logging = InitLogging({options->log_level, options->log_format});
  if (!logging.ok()) return Fail(logging);
  WarnAboutSettings(arguments->settings);

  // Blocked before any thread starts, so that only sigwait below sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  auto service = Service::Create(*options, &SystemClock());
  if (!service.ok()) return Fail(service.status());
  Result<uint16_t> port = (*service)->Start();
  if (!port.ok()) return Fail(port.status());
  spdlog::info("nameserver ready on {}:{}", options->bind_address, *port);

  int signal = 0;
  sigwait(&signals, &signal);
  spdlog::info("nameserver stops");
  (*service)->Stop();
  return 0;
}

}  // namespace
}  // namespace rewindmq::nameserver

int main(int argc, char** argv) { return rewindmq::nameserver::Run(argc, argv); }
