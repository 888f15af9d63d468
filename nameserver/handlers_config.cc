// The nameserver's own settings while it runs (codes 318, 319).

#include "common/base/log.h"
#include "common/protocol/properties_text.h"
#include "nameserver/handlers.h"

namespace rewindmq::nameserver {
namespace {

using protocol::MakeResponse;
using protocol::Outgoing;

// Paths of the process must not be changed from outside (Apache's configBlackList).
constexpr std::string_view kBlackList[] = {"kvConfigPath", "configStorePath", "rocketmqHome",
                                           "configBlackList"};

Outgoing UpdateConfig(State* state, const Request& request) {
  auto changes = protocol::DecodeJavaProperties(request.command.body);
  if (!changes.ok()) return Failure(changes.status());
  for (std::string_view key : kBlackList) {
    if (changes->count(std::string(key)) > 0) {
      return MakeResponse(protocol::kNoPermission, "Can not update config in black list.");
    }
  }
  Status updated = UpdateOptions(*changes, &state->options);
  if (!updated.ok()) return Failure(updated);
  spdlog::set_level(spdlog::level::from_str(state->options.log_level));
  state->routes.set_delete_missing_topics(state->options.delete_topic_with_broker_registration);
  for (const auto& [key, value] : *changes) spdlog::info("{} is now {}", key, value);
  return MakeResponse(protocol::kSuccess);
}

Outgoing GetConfig(State* state, const Request&) {
  Outgoing response = MakeResponse(protocol::kSuccess);
  response.body = protocol::EncodeJavaProperties(DescribeOptions(state->options));
  return response;
}

}  // namespace

void AddConfigHandlers(HandlerTable* table) {
  (*table)[protocol::kUpdateNameserverConfig] = UpdateConfig;
  (*table)[protocol::kGetNameserverConfig] = GetConfig;
}

}  // namespace rewindmq::nameserver
