#include "cli/remote.h"

#include "common/base/parse.h"

namespace rewindmq::cli {
namespace {

constexpr int32_t kRequestTimeoutMs = 10'000;

}  // namespace

CLI::Option* AddNameServers(CLI::App* app, std::string* name_servers) {
  return app->add_option("-n,--namesrvAddr", *name_servers, "nameservers, like 'a:9876;b:9876'")
      ->envname("NAMESRV_ADDR");
}

RemoteCluster::RemoteCluster(const std::string& name_servers)
    : admin_(&connections_, SplitTrimmed(name_servers, ';'), kRequestTimeoutMs) {}

}  // namespace rewindmq::cli
