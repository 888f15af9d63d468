// rewind-broker: reads its settings, serves until SIGTERM or SIGINT, and leaves cleanly.

#include <csignal>
#include <iostream>

#include "broker/broker.h"
#include "broker/options/options.h"
#include "broker/unserved.h"
#include "common/base/log.h"
#include "common/base/server_arguments.h"
#include "common/base/stop_signal.h"
#include "common/base/temporary_folder.h"
#include "common/protocol/request_names.h"

namespace rewindmq::broker {
namespace {

int Fail(const Status& why) {
  std::cerr << "rewind-broker: " << why.message() << "\n";
  return 1;
}

// With default settings, on an empty folder of its own.
int PrintRequests() {
  spdlog::set_level(spdlog::level::off);  // nothing but the list goes to stdout
  auto folder = TemporaryFolder::Make();
  if (!folder.ok()) return Fail(folder.status());
  Settings settings;
  settings.Set("storePathRootDir", folder->path(), "a temporary folder");
  auto options = ReadBrokerOptions(settings);
  if (!options.ok()) return Fail(options.status());
  auto served = Broker::ServedCodes(std::move(*options));
  if (!served.ok()) return Fail(served.status());
  std::cout << protocol::ListRequests(protocol::Asked::kBroker, *served, UnservedRequests());
  return 0;
}

int Run(int argc, char** argv) {
  StopSignal stop;
  auto arguments = ParseServerArguments(argc, argv, "RewindMQ broker", BrokerSettingKeys());
  if (!arguments.ok()) return Fail(arguments.status());
  if (arguments->exit_code) return *arguments->exit_code;
  if (arguments->list_requests) return PrintRequests();
  auto options = ReadBrokerOptions(arguments->settings);
  if (!options.ok()) return Fail(options.status());
  if (Status log = InitLogging(options->log); !log.ok()) return Fail(log);
  for (const std::string& key : arguments->settings.Unknown(BrokerSettingKeys())) {
    spdlog::warn("setting {} is unknown and ignored", key);
  }
  auto broker = Broker::Start(std::move(*options));
  if (!broker.ok()) return Fail(broker.status());
  spdlog::info("stopping on signal {}", stop.Wait());
  Status stopped = (*broker)->Stop();
  return stopped.ok() ? 0 : Fail(stopped);
}

}  // namespace
}  // namespace rewindmq::broker

int main(int argc, char** argv) { return rewindmq::broker::Run(argc, argv); }
