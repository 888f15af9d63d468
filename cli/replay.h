#pragma once
// replay list|pause|resume|cancel|rate: looks at the interval replays of a topic's brokers, and
// changes them while they run (brokers of RewindMQ only). Thread safety: one thread.

#include <cstdint>
#include <string>

#include "cli/command.h"
#include "client/admin_api.h"

namespace rewindmq::cli {

class Replay : public Command {
 public:
  void AddOptions(CLI::App* app) override;
  Status Run(std::ostream& out) override;

  // The part of Run behind the connection.
  Status RunAgainst(client::AdminApi* admin, std::ostream& out);

 private:
  Status List(client::AdminApi* admin, const protocol::TopicRouteData& route, std::ostream& out);
  Status Steer(client::AdminApi* admin, const protocol::TopicRouteData& route, std::ostream& out);

  CLI::App* list_ = nullptr;
  CLI::App* pause_ = nullptr;
  CLI::App* resume_ = nullptr;
  CLI::App* cancel_ = nullptr;
  CLI::App* rate_ = nullptr;
  std::string name_servers_;
  std::string topic_;
  std::string id_;
  int32_t messages_per_second_ = 0;
};

}  // namespace rewindmq::cli
