#pragma once
// OffsetResets in a Kubernetes API server. Get asks the server; List answers from what the watch
// has told. A status is written by PUT to /status with the resourceVersion that was read: the
// server refuses it when anybody, an operator started in parallel included, has written since.
// Thread safety: every call may come from any thread.

#include <atomic>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "operator/api/object_store.h"
#include "operator/controller/reset_cache.h"
#include "operator/kube/events.h"
#include "operator/kube/rest_client.h"
#include "operator/kube/watch_state.h"

namespace rewindmq::controller {

class KubeObjectStore : public api::ObjectStore {
 public:
  // All outlive the store. `stop` gives up requests under way.
  KubeObjectStore(kube::RestClient& client, kube::EventRecorder& recorder, const Clock& clock,
                  std::stop_token stop);

  Result<api::OffsetReset> Get(const api::ObjectKey& key) override;
  // kUnavailable until the watch has told of every object.
  Result<std::vector<api::OffsetReset>> List() override;
  Result<api::OffsetReset> UpdateStatus(const api::OffsetReset& reset) override;
  Result<api::OffsetReset> SetHeld(const api::OffsetReset& reset, bool held) override;
  Status Delete(const api::OffsetReset& reset) override;
  Result<std::string> WriteResults(const api::OffsetReset& reset,
                                   const std::map<std::string, std::string>& files) override;
  void Event(const api::OffsetReset& reset, bool warning, const std::string& reason,
             const std::string& message) override;

  // Takes in what the watch tells. The key of the object to look at; nullopt when there is none.
  std::optional<api::ObjectKey> Observe(const kube::WatchEvent& event);
  bool synced() const { return synced_; }

  // The path of the OffsetResets of a namespace; of all namespaces when it is empty.
  static std::string CollectionPath(const std::string& name_space);

 private:
  kube::RestClient& client_;
  kube::EventRecorder& recorder_;
  ResetCache cache_;
  const std::stop_token stop_;
  std::atomic<bool> synced_{false};
};

}  // namespace rewindmq::controller
