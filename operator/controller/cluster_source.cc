#include "operator/controller/cluster_source.h"

#include <limits.h>
#include <unistd.h>

#include <utility>

#include "common/base/clock.h"

namespace rewindmq::controller {
namespace {

constexpr char kControllerName[] = "rewindmq.dev/operator";

// In a pod this is the pod's name.
std::string HostName() {
  char name[HOST_NAME_MAX + 1] = {};
  return ::gethostname(name, HOST_NAME_MAX) == 0 && name[0] != '\0' ? name : "rewind-operator";
}

}  // namespace

ClusterSource::ClusterSource(std::unique_ptr<kube::RestClient> client,
                             const std::string& name_space)
    : collection_(KubeObjectStore::CollectionPath(name_space)),
      client_(std::move(client)),
      recorder_(*client_, SystemClock(), kControllerName, HostName(), cut_off_.get_token()),
      store_(*client_, recorder_, SystemClock(), cut_off_.get_token()) {}

Result<std::unique_ptr<ClusterSource>> ClusterSource::Create(const kube::ClusterConfig& config,
                                                             const std::string& name_space) {
  REWIND_TRY_ASSIGN(auto client, kube::RestClient::Create(config, SystemClock()));
  return std::unique_ptr<ClusterSource>(new ClusterSource(std::move(client), name_space));
}

void ClusterSource::Watch(Listener listener) {
  watcher_ = std::make_unique<kube::Watcher>(
      *client_, SystemClock(), collection_,
      [this, listener = std::move(listener)](const kube::WatchEvent& event) {
        if (auto key = store_.Observe(event)) listener.on_change(*key);
        if (event.type == kube::WatchEvent::Type::kSynced) listener.on_synced();
      });
}

}  // namespace rewindmq::controller
