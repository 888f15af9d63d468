#include "cli/replay.h"

#include <algorithm>
#include <map>
#include <utility>

#include "cli/remote.h"
#include "common/base/time_format.h"
#include "common/protocol/codes.h"
#include "reset/capabilities.h"

namespace rewindmq::cli {
namespace {

using protocol::ReplayState;
using protocol::ReplayStatus;

std::map<std::string, std::string> MastersOf(const protocol::TopicRouteData& route) {
  std::map<std::string, std::string> masters;
  for (const protocol::BrokerData& broker : route.broker_datas) {
    if (!broker.MasterAddress().empty()) masters[broker.broker_name] = broker.MasterAddress();
  }
  return masters;
}

Status InWords(const Status& error, const std::string& broker) {
  if (error.response_code() == protocol::kRequestCodeNotSupported) {
    return {
        ErrorCode::kUnsupported,
        "broker " + broker + ": " +
            std::string(
                reset::CapabilityOf(reset::BrokerKind::kUnknown, reset::Feature::kReplay).words)};
  }
  return error.WithContext("broker " + broker);
}

void PrintReplay(const std::string& broker, const ReplayStatus& status, std::ostream& out) {
  int64_t all = 0;
  int64_t done = 0;
  int64_t delivered = 0;
  int64_t filtered = 0;
  for (const protocol::ReplayQueue& queue : status.queues) {
    all += queue.end_offset - queue.begin_offset;
    done += queue.next_offset - queue.begin_offset;
    delivered += queue.delivered;
    filtered += queue.filtered;
  }
  const int32_t rate = status.order.messages_per_second;
  out << status.order.id << "  " << broker << "  " << status.order.topic << " -> "
      << status.order.group << "  [" << FormatRfc3339(status.order.from_ms, true) << ", "
      << FormatRfc3339(status.order.until_ms, true) << ")  " << Name(status.state) << "  " << done
      << " of " << all << " read, " << delivered << " delivered, " << filtered << " filtered, "
      << status.unconsumed << " not consumed yet, "
      << (rate == 0 ? std::string("no limit") : std::to_string(rate) + " a second");
  if (!status.message.empty()) out << "  " << status.message;
  out << "\n";
}

}  // namespace

void Replay::AddOptions(CLI::App* app) {
  app->require_subcommand(1);
  auto part = [&](const char* name, const char* what, bool needs_id) {
    CLI::App* added = app->add_subcommand(name, what);
    AddNameServers(added, &name_servers_)->required();
    added->add_option("-t,--topic", topic_, "the topic that is replayed")->required();
    CLI::Option* id = added->add_option("--id", id_, "the replay, as `reset apply` names it");
    if (needs_id) id->required();
    return added;
  };
  list_ = part("list", "Shows the replays of a topic's brokers", false);
  pause_ = part("pause", "Lets a replay rest", true);
  resume_ = part("resume", "Lets a replay go on", true);
  cancel_ = part("cancel", "Ends a replay for good", true);
  rate_ = part("rate", "Changes how fast a replay goes", true);
  rate_
      ->add_option("MESSAGES", messages_per_second_,
                   "messages a second of all brokers together; 0 = as fast as it goes")
      ->required()
      ->check(CLI::Range(0, INT32_MAX));
}

Status Replay::List(client::AdminApi* admin, const protocol::TopicRouteData& route,
                    std::ostream& out) {
  Status first_error;
  for (const auto& [broker, address] : MastersOf(route)) {
    auto replays = admin->Replays(address, id_);
    if (!replays.ok()) {
      if (first_error.ok()) first_error = InWords(replays.status(), broker);
      continue;
    }
    for (const ReplayStatus& status : *replays) {
      if (status.order.topic == topic_) PrintReplay(broker, status, out);
    }
  }
  return first_error;
}

Status Replay::Steer(client::AdminApi* admin, const protocol::TopicRouteData& route,
                     std::ostream& out) {
  std::map<std::string, std::string> running;
  for (const auto& [broker, address] : MastersOf(route)) {
    auto replays = admin->Replays(address, id_);
    if (!replays.ok()) return InWords(replays.status(), broker);
    for (const ReplayStatus& status : *replays) {
      if (status.order.id == id_ && status.order.topic == topic_) running[broker] = address;
    }
  }
  if (running.empty()) {
    return {ErrorCode::kNotFound, "no broker of topic " + topic_ + " knows replay " + id_ +
                                      "; see `rewindctl replay list`"};
  }
  const auto count = static_cast<int32_t>(running.size());
  int32_t index = 0;
  Status first_error;
  for (const auto& [broker, address] : running) {
    client::ReplaySteering steering;
    steering.id = id_;
    steering.cancel = cancel_->parsed();
    if (pause_->parsed() || resume_->parsed()) steering.pause = pause_->parsed();
    if (rate_->parsed()) {
      const int32_t share = messages_per_second_ / count;
      const int32_t more = index < messages_per_second_ % count ? 1 : 0;
      // Nothing for a broker would mean no limit.
      steering.messages_per_second = messages_per_second_ == 0 ? 0 : std::max(1, share + more);
    }
    ++index;
    auto steered = admin->SteerReplay(address, steering);
    if (steered.ok()) PrintReplay(broker, *steered, out);
    if (!steered.ok() && first_error.ok()) first_error = InWords(steered.status(), broker);
  }
  return first_error;
}

Status Replay::RunAgainst(client::AdminApi* admin, std::ostream& out) {
  auto route = admin->Route(topic_);
  if (!route.ok()) return route.status().WithContext("looking for topic " + topic_);
  return list_->parsed() ? List(admin, *route, out) : Steer(admin, *route, out);
}

Status Replay::Run(std::ostream& out) {
  RemoteCluster cluster(name_servers_);
  return RunAgainst(cluster.admin(), out);
}

}  // namespace rewindmq::cli
