#include "operator/kube/watcher.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>
#include <utility>

namespace rewindmq::kube {
namespace {

// A page of 500 objects on a busy server may take its time.
constexpr int64_t kListDeadlineMs = 60'000;

}  // namespace

Watcher::Watcher(RestClient& client, const Clock& clock, std::string collection, Handler handler)
    : client_(client),
      clock_(clock),
      collection_(std::move(collection)),
      handler_(std::move(handler)),
      state_(std::random_device()()),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

Watcher::~Watcher() {
  thread_.request_stop();
  thread_.join();
}

void Watcher::Run(const std::stop_token& stop) {
  WatchAction action = state_.Start();
  while (!stop.stop_requested()) {
    WatchStep step = action.type == WatchAction::Type::kList    ? List(action, stop)
                     : action.type == WatchAction::Type::kWatch ? Watch(action, stop)
                                                                : Wait(action, stop);
    if (stop.stop_requested()) return;
    Tell(step.events);
    action = std::move(step.action);
  }
}

WatchStep Watcher::List(const WatchAction& action, const std::stop_token& stop) {
  std::string target = collection_ + "?limit=" + std::to_string(WatchState::kPageSize);
  if (!action.continue_token.empty()) target += "&continue=" + PercentEncode(action.continue_token);
  RestReply reply = client_.Get(target, {.deadline_ms = kListDeadlineMs, .stop = stop});
  if (reply.status.ok()) return state_.OnListPage(reply.body, clock_.SteadyMs());
  if (!stop.stop_requested()) spdlog::warn("cannot list: {}", reply.status.ToString());
  return state_.OnListFailed(reply.retry_after_ms, clock_.SteadyMs());
}

WatchStep Watcher::Watch(const WatchAction& action, const std::stop_token& stop) {
  std::string target = collection_ + "?watch=true&allowWatchBookmarks=true&resourceVersion=" +
                       PercentEncode(action.resource_version) +
                       "&timeoutSeconds=" + std::to_string(action.timeout_seconds);
  Status unusable;
  RestReply reply = client_.Watch(target, stop, [&](std::string_view line) {
    auto events = state_.OnWatchLine(line);
    if (!events.ok()) {
      unusable = events.status();
      return false;
    }
    Tell(*events);
    return true;
  });
  if (!unusable.ok()) {
    spdlog::info("the watch of {} ends: {}; listing anew", collection_, unusable.ToString());
  } else if (reply.status.code() == ErrorCode::kTimeout) {
    spdlog::debug("the watch of {} was silent; watching anew", collection_);
  } else if (!reply.status.ok() && !stop.stop_requested()) {
    spdlog::warn("the watch of {} ends: {}", collection_, reply.status.ToString());
  }
  // Silence is how a dead connection looks, and also a server without bookmarks: watch again.
  bool clean =
      reply.status.ok() || (reply.status.code() == ErrorCode::kTimeout && reply.http_status != 0);
  return state_.OnWatchEnded(reply.http_status, clean, reply.retry_after_ms, clock_.SteadyMs());
}

WatchStep Watcher::Wait(const WatchAction& action, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, std::chrono::milliseconds(action.delay_ms), [] { return false; });
  return state_.OnWaitOver(clock_.SteadyMs());
}

void Watcher::Tell(const std::vector<WatchEvent>& events) {
  for (const WatchEvent& event : events) {
    if (event.type == WatchEvent::Type::kSynced) synced_ = true;
    handler_(event);
  }
}

}  // namespace rewindmq::kube
