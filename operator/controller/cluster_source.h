#pragma once
// The OffsetResets of a Kubernetes cluster: the REST client, the watch, the store and the recorder
// of Events, put together. Thread safety: as ObjectSource says.

#include <memory>
#include <stop_token>
#include <string>

#include "operator/controller/kube_object_store.h"
#include "operator/controller/object_source.h"
#include "operator/kube/config.h"
#include "operator/kube/events.h"
#include "operator/kube/rest_client.h"
#include "operator/kube/watcher.h"

namespace rewindmq::controller {

class ClusterSource : public ObjectSource {
 public:
  // `name_space`: empty for all. The cluster need not be reachable yet. kInvalidArgument: the
  // configuration cannot be used.
  static Result<std::unique_ptr<ClusterSource>> Create(const kube::ClusterConfig& config,
                                                       const std::string& name_space);

  api::ObjectStore& store() override { return store_; }
  bool synced() const override { return store_.synced(); }
  void Watch(Listener listener) override;
  void StopWatching() override { watcher_.reset(); }
  void CutOff() override { cut_off_.request_stop(); }

 private:
  ClusterSource(std::unique_ptr<kube::RestClient> client, const std::string& name_space);

  const std::string collection_;
  std::stop_source cut_off_;
  std::unique_ptr<kube::RestClient> client_;
  kube::EventRecorder recorder_;
  KubeObjectStore store_;
  std::unique_ptr<kube::Watcher> watcher_;
};

}  // namespace rewindmq::controller
