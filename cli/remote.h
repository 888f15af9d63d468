#pragma once
// The connection of a command to a cluster. Thread safety: one thread.

#include <CLI/CLI.hpp>
#include <string>

#include "client/remote_admin.h"
#include "common/remoting/client.h"

namespace rewindmq::cli {

// -n, or NAMESRV_ADDR.
CLI::Option* AddNameServers(CLI::App* app, std::string* name_servers);

class RemoteCluster {
 public:
  // `name_servers` is "a:9876;b:9876".
  explicit RemoteCluster(const std::string& name_servers);
  ~RemoteCluster() { connections_.Stop(); }

  client::AdminApi* admin() { return &admin_; }

 private:
  remoting::IoThreads io_{1};
  remoting::Client connections_{&io_, nullptr};
  client::RemoteAdmin admin_;
};

}  // namespace rewindmq::cli
