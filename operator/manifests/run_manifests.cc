#include "operator/manifests/run_manifests.h"

#include <condition_variable>
#include <mutex>
#include <utility>

#include "client/remote_admin.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/remoting/client.h"
#include "common/remoting/io_threads.h"
#include "operator/controller/controller.h"
#include "operator/manifests/folder_source.h"
#include "operator/reconcile/reconciler.h"

namespace rewindmq::manifests {
namespace {

// A step under way is waited for this long before its requests are cut off.
constexpr int64_t kStopGraceMs = 3'500;

void WaitFor(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait(lock, stop, [] { return false; });
}

}  // namespace

Result<bool> RunManifests(const ManifestOptions& options, std::stop_token stop) {
  REWIND_TRY_ASSIGN(std::unique_ptr<FolderSource> source, FolderSource::Open(options.folder));
  remoting::IoThreads io(1);
  remoting::Client connections(&io, nullptr);
  reconcile::Reconciler reconciler(
      &source->store(),
      [&connections](const std::vector<std::string>& name_servers, int32_t request_timeout_ms) {
        return std::make_shared<client::RemoteAdmin>(&connections, name_servers,
                                                     request_timeout_ms);
      },
      &SystemClock());
  controller::Controller controller(
      [&reconciler](const api::ObjectKey& key) { return reconciler.Reconcile(key); },
      options.workers);
  spdlog::info("serving the OffsetResets in {}", options.folder);
  source->Watch({[&controller](const api::ObjectKey& key) { controller.Enqueue(key); },
                 [&controller] { controller.Start(); }});
  if (options.once) {
    source->store().WaitUntilSettled(stop);
  } else {
    WaitFor(stop);
  }
  source->StopWatching();
  if (!controller.Stop(kStopGraceMs)) {
    spdlog::warn(
        "a step takes long; its requests are cut off and the next start goes on from there");
  }
  connections.Stop();
  return !source->store().AnyFailed();
}

}  // namespace rewindmq::manifests
