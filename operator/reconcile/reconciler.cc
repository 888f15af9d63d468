#include "operator/reconcile/reconciler.h"

#include <map>
#include <mutex>
#include <utility>

#include "operator/reconcile/group_lock.h"
#include "operator/reconcile/visit.h"

namespace rewindmq::reconcile {

class Reconciler::Impl {
 public:
  Impl(api::ObjectStore* store, AdminFactory admin_factory, const Clock* clock)
      : store_(store), admin_factory_(std::move(admin_factory)), clock_(clock) {}

  Outcome Reconcile(const api::ObjectKey& key) {
    Result<api::OffsetReset> object = store_->Get(key);
    if (!object.ok()) {
      if (object.status().code() != ErrorCode::kNotFound) return {false, 0, object.status()};
      Forget(key);
      return {true, 0, {}};
    }
    if (object->settled()) {
      Forget(key);
      return {true, 0, {}};
    }
    if (object->finished()) object->status = api::ResetStatus{};
    Visit visit({store_, &admin_factory_, clock_, &lock_}, MemoryOf(key, object->uid),
                std::move(object).value());
    Outcome outcome = visit.Run();
    if (outcome.done) Forget(key);
    return outcome;
  }

 private:
  struct Remembered {
    std::string uid;
    Memory memory;
  };

  // Nodes of a map stay where they are, and one key is visited by one worker at a time.
  Memory* MemoryOf(const api::ObjectKey& key, const std::string& uid) {
    std::lock_guard lock(mutex_);
    Remembered& remembered = memories_[key];
    if (remembered.uid != uid) remembered = {uid, {}};
    return &remembered.memory;
  }

  void Forget(const api::ObjectKey& key) {
    lock_.Release(key);
    std::lock_guard lock(mutex_);
    memories_.erase(key);
  }

  api::ObjectStore* store_;
  const AdminFactory admin_factory_;
  const Clock* clock_;
  GroupLock lock_;
  std::mutex mutex_;
  std::map<api::ObjectKey, Remembered> memories_;  // guarded by mutex_
};

Reconciler::Reconciler(api::ObjectStore* store, AdminFactory admin_factory, const Clock* clock)
    : impl_(std::make_unique<Impl>(store, std::move(admin_factory), clock)) {}
Reconciler::~Reconciler() = default;

Outcome Reconciler::Reconcile(const api::ObjectKey& key) { return impl_->Reconcile(key); }

}  // namespace rewindmq::reconcile
