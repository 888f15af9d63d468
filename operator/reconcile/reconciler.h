#pragma once
// Drives one OffsetReset from its creation to its end, a step at a time: accept and pin the target,
// take the group's lock, plan, act on every broker once, verify, finish. Before each broker is
// asked the intent is written with the object's resource version; a restart that finds such an
// intent looks at the offsets instead of asking again. It never sleeps: a wait is a
// requeue_after_ms. Thread safety: Reconcile may be called from several workers at once, for
// different keys.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "client/admin_api.h"
#include "common/base/clock.h"
#include "common/base/status.h"
#include "operator/api/object_store.h"

namespace rewindmq::reconcile {

// Makes the calls to one cluster: its nameservers as "host:port", and the time-out of each request.
using AdminFactory = std::function<std::shared_ptr<client::AdminApi>(
    const std::vector<std::string>& name_servers, int32_t request_timeout_ms)>;

struct Outcome {
  bool done = false;             // finished or gone: nothing more to do for this object
  int64_t requeue_after_ms = 0;  // 0 = no wish
  Status error;                  // call again with the queue's own back-off
};

class Reconciler {
 public:
  // All three outlive the reconciler.
  Reconciler(api::ObjectStore* store, AdminFactory admin_factory, const Clock* clock);
  ~Reconciler();

  Outcome Reconcile(const api::ObjectKey& key);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rewindmq::reconcile
