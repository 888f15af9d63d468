#pragma once
// Workers that take the keys of changed objects from a queue and have each reconciled: again after
// the time it wishes, after a growing delay when it failed, never twice at once. Changes only say
// which object to look at; the reconcile function reads its newest version.
// Thread safety: Enqueue from any thread; the others from the thread that owns the controller.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "operator/api/offset_reset.h"
#include "operator/kube/work_queue.h"
#include "operator/reconcile/reconciler.h"

namespace rewindmq::controller {

class Controller {
 public:
  using Reconcile = std::function<reconcile::Outcome(const api::ObjectKey&)>;

  // `reconcile` is called by `workers` threads at once, once Start has been called.
  Controller(Reconcile reconcile, int workers);
  // Waits for the workers, however long their present steps take.
  ~Controller();
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;

  void Enqueue(const api::ObjectKey& key);
  // Once the objects that existed at the start are known. Further calls do nothing.
  void Start();
  // Hands out no more keys and waits for the steps under way. False when some still ran after
  // `grace_ms`.
  bool Stop(int64_t grace_ms);

 private:
  void Work();
  void HandleOne(const std::string& text);

  const Reconcile reconcile_;
  const int worker_count_;
  kube::WorkQueue queue_;
  std::mutex mutex_;
  std::condition_variable worker_ended_;
  int running_ = 0;
  std::vector<std::thread> workers_;
};

}  // namespace rewindmq::controller
