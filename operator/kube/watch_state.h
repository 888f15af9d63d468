#pragma once
// Decides what a watcher of one kind of Kubernetes object does next: list page by page, watch from
// the list's resourceVersion, watch again after a clean end, list again when the server has
// forgotten that version, wait longer after each failure. It also turns lists and watch lines into
// events, deletions that happened while nobody watched included. Follows client-go's reflector.
// No I/O, no clock: inputs carry the time, so that every path can be tested without a socket.
// Thread safety: one thread at a time.

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace rewindmq::kube {

struct WatchEvent {
  enum class Type {
    kAdded,
    kModified,
    kDeleted,  // object may hold metadata only, when the deletion was found by a new list
    kSynced,   // every object that existed at the list has been told of; object is null
  };
  Type type;
  nlohmann::json object;
};

// What the caller has to do, and then to report by the matching On… call.
struct WatchAction {
  enum class Type { kList, kWatch, kWait };
  Type type = Type::kList;
  std::string continue_token;    // kList: of the next page; empty for the first
  std::string resource_version;  // kWatch: where to begin
  int64_t timeout_seconds = 0;   // kWatch: after which the server should end it
  int64_t delay_ms = 0;          // kWait
};

struct WatchStep {
  std::vector<WatchEvent> events;
  WatchAction action;
};

class WatchState {
 public:
  // Doubled after each failure up to the longest; chance adds as much again.
  static constexpr int64_t kFirstRetryMs = 800;
  static constexpr int64_t kLongestRetryMs = 30'000;
  // A server that asks for a longer pause by Retry-After is obeyed up to this.
  static constexpr int64_t kLongestRetryAfterMs = 300'000;
  // So long without a failure, and the next one waits kFirstRetryMs again.
  static constexpr int64_t kHealthyAfterMs = 120'000;
  // A watch that the server ends sooner than this, with nothing sent, is a failure, not an end.
  static constexpr int64_t kShortestWatchMs = 1'000;
  // After so long the next end of a watch leads to a list: a net under lost events.
  static constexpr int64_t kRelistAfterMs = 3'600'000;
  static constexpr int64_t kShortestTimeoutSeconds = 300;
  static constexpr int64_t kLongestTimeoutSeconds = 600;
  static constexpr int64_t kPageSize = 500;

  explicit WatchState(uint32_t random_seed) : random_(random_seed) {}

  // The first thing to do.
  WatchAction Start() const { return {}; }

  // A page of the list, as the server sent it.
  WatchStep OnListPage(const nlohmann::json& page, int64_t now_ms);
  // The server refused the list, or could not be reached. `retry_after_ms` as the server asked,
  // else 0.
  WatchStep OnListFailed(int64_t retry_after_ms, int64_t now_ms);

  // One line of the watch. Not ok: the line cannot be used, the caller ends the watch and reports
  // that by OnWatchEnded as always.
  Result<std::vector<WatchEvent>> OnWatchLine(std::string_view line);
  // `http_status` is 200 when the watch had begun, 0 when no answer came. `clean`: the server ended
  // it in the regular way.
  WatchStep OnWatchEnded(int http_status, bool clean, int64_t retry_after_ms, int64_t now_ms);

  WatchStep OnWaitOver(int64_t now_ms);

 private:
  // What is remembered of an object: enough to see a change, and to tell of its deletion later.
  struct Known {
    std::string uid;
    std::string resource_version;
    uint64_t seen_in_list;
  };

  Status TakeListedObject(const nlohmann::json& object, std::vector<WatchEvent>* events);
  Result<std::vector<WatchEvent>> TakeError(const nlohmann::json& status);
  void DropUnlisted(std::vector<WatchEvent>* events);
  WatchAction BeginWatch(int64_t now_ms);
  WatchAction BeginList();
  WatchAction WaitAfterFailure(int64_t retry_after_ms, int64_t now_ms);

  std::minstd_rand random_;
  std::map<std::string, Known> known_;  // by "namespace/name"
  std::string resource_version_;        // empty: list before the next watch
  uint64_t list_number_ = 1;
  int64_t listed_at_ms_ = 0;
  int64_t watch_began_ms_ = 0;
  bool line_seen_ = false;      // in the watch under way
  bool unusable_line_ = false;  // in the watch under way
  uint32_t failures_ = 0;
  int64_t last_failure_ms_ = 0;
};

// "namespace/name", or "name" for an object outside namespaces; empty when it has no name.
std::string ObjectKey(const nlohmann::json& object);

}  // namespace rewindmq::kube
