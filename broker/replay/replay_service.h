#pragma once
// The broker's replays: started, steered and listed by requests, done on a delivery line, kept in
// config/replays.json. A start or a change is on disk before it is answered. How far a replay has
// got goes to disk only after the copies that it stands for are durable, and a replay counts as
// finished only then.
//
// What a crash costs: nothing is missing; what was put since the last save is found in the retry
// topic and not put again (see ReplayRun).
// Thread safety: any thread; Run from one. A request waits for one turn of one replay at most.

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/replay/replay_plan.h"
#include "broker/replay/replay_record.h"
#include "broker/replay/replay_run.h"
#include "common/base/file_system.h"

namespace rewindmq::broker {

struct ReplaySteering {
  std::string id;
  bool cancel = false;  // for good; goes before the others
  std::optional<bool> pause;
  std::optional<int32_t> messages_per_second;
};

class ReplayService {
 public:
  static constexpr size_t kMaxUnfinished = 64;
  static constexpr size_t kMaxEnded = 200;  // beyond, those that ended first are forgotten

  // Replays that are not over go on with the first Run. A file that cannot be read is put aside:
  // the broker serves all the same, and a replay is started again with a new order.
  static std::unique_ptr<ReplayService> Load(const std::string& config_directory,
                                             const ReplayParts& parts, int64_t save_interval_ms,
                                             FileSystem& files = RealFileSystem());

  // Called, from any thread, when there is something to do for Run. Set it before the first one.
  void OnWork(std::function<void()> wake) { wake_ = std::move(wake); }

  // Equal orders with the same id are one replay. Refusals as those of PlanReplay.
  Result<protocol::ReplayStatus> Start(const protocol::ReplayOrder& order);
  // kNotFound for an unknown replay. Cancelling what is over already changes nothing.
  Result<protocol::ReplayStatus> Steer(const ReplaySteering& steering);
  // By the time of their start; all, or the one with this id.
  std::vector<protocol::ReplayStatus> List(std::string_view id);
  // A topic or a group was deleted: what cannot go on without it fails.
  void OnDeleted();

  // See DeliveryLoop::Line.
  int64_t Run();
  // For the end, when the store is closed and everything is durable.
  Status SaveAll();
  // Lines for getBrokerRuntimeInfo about those that are not over.
  std::map<std::string, std::string> RuntimeInfo();

 private:
  struct Replay {
    ReplayRecord saved;              // as it is on disk
    std::unique_ptr<ReplayRun> run;  // null once its last progress is on disk
  };
  using Replays = std::map<std::string, Replay, std::less<>>;  // by id
  // Progress that waits for the log to be durable.
  struct Mark;
  class Lock;

  ReplayService(std::string path, const ReplayParts& parts, int64_t save_interval_ms,
                FileSystem* files)
      : path_(std::move(path)),
        parts_(parts),
        save_interval_ms_(save_interval_ms),
        files_(files),
        next_save_ms_(parts.clock->SteadyMs() + save_interval_ms) {}

  // All of these need mutex_.
  void Resume();
  Result<std::optional<protocol::ReplayStatus>> FindStarted(const protocol::ReplayOrder& order);
  Status Change(ReplayRecord* record, const ReplayRecord& changed);
  void EndWith(ReplayRecord* record, protocol::ReplayState state, std::string message) const;
  void FailWhatCannotGoOn();
  void ForgetOldest();
  Status Save();
  int64_t SaveProgress();
  void TakeMark();
  void KeepMarked();
  protocol::ReplayStatus StatusOf(const Replay& replay) const;
  void Wake() const {
    if (wake_) wake_();
  }

  const std::string path_;
  const ReplayParts parts_;
  const int64_t save_interval_ms_;
  FileSystem* const files_;
  std::function<void()> wake_;
  std::atomic<int32_t> requests_{0};  // that wait for mutex_
  std::mutex mutex_;
  Replays replays_;             // guarded by mutex_
  std::shared_ptr<Mark> mark_;  // guarded by mutex_
  bool dirty_ = false;          // the file is older than `saved`; guarded by mutex_
  bool has_progress_ = false;   // that no mark has taken; guarded by mutex_
  int64_t next_try_ms_ = 0;     // steady; guarded by mutex_
  int64_t next_save_ms_;        // steady; guarded by mutex_
};

}  // namespace rewindmq::broker
