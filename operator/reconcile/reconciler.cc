#include "operator/reconcile/reconciler.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "operator/reconcile/group_lock.h"
#include "operator/reconcile/retire.h"
#include "operator/reconcile/visit.h"

namespace rewindmq::reconcile {
namespace {

// Looks again at least so often: the wall clock may be set, and the wish may change.
constexpr int64_t kMaxRetireWaitMs = 3'600'000;

}  // namespace

class Reconciler::Impl {
 public:
  Impl(api::ObjectStore* store, AdminFactory admin_factory, const Clock* clock)
      : store_(store), admin_factory_(std::move(admin_factory)), clock_(clock) {}

  Outcome Reconcile(const api::ObjectKey& key) {
    Result<api::OffsetReset> object = store_->Get(key);
    if (!object.ok()) {
      if (object.status().code() != ErrorCode::kNotFound) return {false, 0, object.status()};
      Abandon(key);
      Forget(key);
      std::lock_guard lock(mutex_);
      kept_.erase(key);
      return {true, 0, {}};
    }
    if (object->settled()) {
      Forget(key);
      return Retire(std::move(object).value());
    }
    if (object->finished()) object->status = api::ResetStatus{};
    // What has not begun needs no end.
    if (object->deleting && !object->status.IsTrue(api::kApproved)) {
      Forget(key);
      return LetGo(&*object);
    }
    Visit visit({store_, &admin_factory_, clock_, &lock_}, MemoryOf(key, object->uid),
                std::move(object).value());
    Outcome outcome = visit.Run();
    if (!outcome.done) return outcome;
    Forget(key);
    return visit.object().settled() ? Retire(visit.object()) : outcome;
  }

 private:
  Outcome LetGo(api::OffsetReset* object) {
    const Outcome gone{true, 0, {}};
    if (!object->held) return gone;
    Result<api::OffsetReset> stored = store_->SetHeld(*object, false);
    if (!stored.ok() && stored.status().code() != ErrorCode::kNotFound) {
      return {false, 0, stored.status()};
    }
    if (stored.ok()) *object = std::move(stored).value();
    return gone;
  }

  // Finished: it stays, unless it is to be deleted some time after.
  Outcome Retire(api::OffsetReset object) {
    const Outcome stays{true, 0, {}};
    const Outcome let_go = LetGo(&object);
    if (!let_go.done || object.deleting) return let_go;
    const std::optional<int64_t> time_ms = DeletionTimeMs(object);
    if (!time_ms.has_value() || IsKept(object)) return stays;
    if (const std::string manager = ManagerOf(object); !manager.empty()) {
      return Keep(object, "TTLIgnoredGitOpsManaged",
                  "not deleted, because " + manager +
                      " manages it and would create it, and so run it, again");
    }
    const int64_t wait_ms = *time_ms - clock_->WallMs();
    if (wait_ms > 0) return {false, std::min(wait_ms, kMaxRetireWaitMs), {}};
    const Status deleted = store_->Delete(object);
    if (deleted.code() == ErrorCode::kUnsupported) {
      return Keep(object, "TTLIgnored",
                  "`spec.ttlSecondsAfterFinished` is over, but " + deleted.message());
    }
    if (deleted.ok() || deleted.code() == ErrorCode::kNotFound) return stays;
    return {false, 0, deleted};
  }

  // Said once a process, not at each event about the object.
  Outcome Keep(const api::OffsetReset& object, const std::string& reason,
               const std::string& message) {
    store_->Event(object, false, reason, message);
    std::lock_guard lock(mutex_);
    kept_[object.key] = object.uid;
    return {true, 0, {}};
  }
  bool IsKept(const api::OffsetReset& object) {
    std::lock_guard lock(mutex_);
    auto kept = kept_.find(object.key);
    return kept != kept_.end() && kept->second == object.uid;
  }

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

  // The object is gone: what brokers go on with in its name ends too.
  void Abandon(const api::ObjectKey& key) {
    std::function<void()> abandon;
    {
      std::lock_guard lock(mutex_);
      auto known = memories_.find(key);
      if (known != memories_.end()) abandon = std::move(known->second.memory.abandon);
    }
    if (abandon) abandon();
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
  // By key the uid of those that are not deleted although their time is over; guarded by mutex_.
  std::map<api::ObjectKey, std::string> kept_;
};

Reconciler::Reconciler(api::ObjectStore* store, AdminFactory admin_factory, const Clock* clock)
    : impl_(std::make_unique<Impl>(store, std::move(admin_factory), clock)) {}
Reconciler::~Reconciler() = default;

Outcome Reconciler::Reconcile(const api::ObjectKey& key) { return impl_->Reconcile(key); }

}  // namespace rewindmq::reconcile
