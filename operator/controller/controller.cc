#include "operator/controller/controller.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <exception>
#include <utility>

namespace rewindmq::controller {

Controller::Controller(Reconcile reconcile, int workers)
    : reconcile_(std::move(reconcile)), worker_count_(workers) {}

Controller::~Controller() {
  queue_.ShutDown();
  for (std::thread& worker : workers_) worker.join();
}

void Controller::Enqueue(const api::ObjectKey& key) { queue_.Add(key.ToString()); }

void Controller::Start() {
  std::lock_guard lock(mutex_);
  if (!workers_.empty()) return;
  for (int i = 0; i < worker_count_; ++i) {
    ++running_;
    workers_.emplace_back([this] { Work(); });
  }
}

bool Controller::Stop(int64_t grace_ms) {
  queue_.ShutDown();
  std::unique_lock lock(mutex_);
  return worker_ended_.wait_for(lock, std::chrono::milliseconds(grace_ms),
                                [this] { return running_ == 0; });
}

void Controller::Work() {
  while (auto text = queue_.Get()) {
    HandleOne(*text);
    queue_.Done(*text);
  }
  std::lock_guard lock(mutex_);
  --running_;
  worker_ended_.notify_all();
}

void Controller::HandleOne(const std::string& text) {
  size_t slash = text.find('/');
  reconcile::Outcome outcome;
  try {
    outcome = reconcile_({text.substr(0, slash), text.substr(slash + 1)});
  } catch (const std::exception& error) {
    // A bug, but one that must not keep the other objects from being served.
    outcome.error = Status(ErrorCode::kInternal, error.what());
  }
  if (!outcome.error.ok()) {
    int64_t delay_ms = queue_.AddAfterFailure(text);
    bool expected = outcome.error.code() == ErrorCode::kConflict;
    spdlog::log(expected ? spdlog::level::debug : spdlog::level::warn,
                "OffsetReset {}: {}; again in {} ms", text, outcome.error.ToString(), delay_ms);
    return;
  }
  queue_.Forget(text);
  if (!outcome.done && outcome.requeue_after_ms > 0) {
    queue_.AddAfter(text, outcome.requeue_after_ms);
  }
}

}  // namespace rewindmq::controller
