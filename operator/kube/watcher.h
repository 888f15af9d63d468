#pragma once
// Watches one kind of object in a thread of its own: does what WatchState says with the RestClient,
// and hands on the events. A slow handler holds the API server's stream back, nothing piles up.
// Thread safety: create and destroy it in one thread; the handler runs in the watcher's thread.

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "operator/kube/rest_client.h"
#include "operator/kube/watch_state.h"

namespace rewindmq::kube {

class Watcher {
 public:
  using Handler = std::function<void(const WatchEvent&)>;

  // Begins at once. `collection` is the objects' path,
  // "/apis/GROUP/VERSION[/namespaces/NS]/PLURAL". `client` and `clock` outlive the watcher.
  Watcher(RestClient& client, const Clock& clock, std::string collection, Handler handler);
  // Ends the stream or the wait under way at once; a handler that runs is waited for.
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  // Whether the first list is complete.
  bool synced() const { return synced_; }

 private:
  void Run(const std::stop_token& stop);
  WatchStep List(const WatchAction& action, const std::stop_token& stop);
  WatchStep Watch(const WatchAction& action, const std::stop_token& stop);
  WatchStep Wait(const WatchAction& action, const std::stop_token& stop);
  void Tell(const std::vector<WatchEvent>& events);

  RestClient& client_;
  const Clock& clock_;
  const std::string collection_;
  const Handler handler_;
  WatchState state_;
  std::atomic<bool> synced_{false};
  std::jthread thread_;
};

}  // namespace rewindmq::kube
