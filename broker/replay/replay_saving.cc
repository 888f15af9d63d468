// How the replays' progress gets to disk.

#include <algorithm>

#include "broker/replay/replay_service.h"
#include "broker/schedule/delivery_loop.h"
#include "common/base/log.h"
#include "common/base/metadata_file.h"

namespace rewindmq::broker {

using protocol::ReplayState;

namespace {

// After a refusal of the disk, which may be full.
constexpr int64_t kRetrySaveMs = 1000;

}  // namespace

struct ReplayService::Mark {
  enum Outcome : int { kWaiting, kDurable, kTooLate };
  struct Reached {
    ReplayProgress progress;
    bool done = false;
  };
  std::map<std::string, Reached> by_replay;
  std::atomic<int> outcome{kWaiting};
};

Status ReplayService::Save() {
  ForgetOldest();
  std::vector<ReplayRecord> records;
  records.reserve(replays_.size());
  for (const auto& [id, replay] : replays_) records.push_back(replay.saved);
  Status saved = SaveMetadataFile(*files_, path_, EncodeReplayRecords(records));
  if (saved.ok()) dirty_ = false;
  return saved;
}

void ReplayService::ForgetOldest() {
  std::vector<std::pair<int64_t, std::string>> ended;
  for (const auto& [id, replay] : replays_) {
    bool over = !IsUnfinished(replay.saved.status.state) && replay.run == nullptr;
    if (over) ended.emplace_back(replay.saved.status.end_time_ms.value_or(0), id);
  }
  if (ended.size() <= kMaxEnded) return;
  std::sort(ended.begin(), ended.end());
  for (size_t i = 0; i + kMaxEnded < ended.size(); ++i) replays_.erase(ended[i].second);
}

// Until it wants to be called again; what waits for the log wakes the line itself.
int64_t ReplayService::SaveProgress() {
  if (mark_ != nullptr && mark_->outcome != Mark::kWaiting) KeepMarked();
  int64_t now_ms = parts_.clock->SteadyMs();
  if (dirty_ && now_ms >= next_try_ms_) {
    if (Status saved = Save(); !saved.ok()) {
      spdlog::error("the progress of replays is not on disk, it is tried again: {}",
                    saved.message());
      next_try_ms_ = now_ms + kRetrySaveMs;
    }
  }
  int64_t wait_ms = dirty_ ? next_try_ms_ - now_ms : kIdle;
  if (!has_progress_ || mark_ != nullptr) return wait_ms;
  bool something_ends = std::any_of(replays_.begin(), replays_.end(), [](const auto& one) {
    const Replay& replay = one.second;
    return replay.run != nullptr &&
           (replay.run->done() || !IsUnfinished(replay.saved.status.state));
  });
  if (!something_ends && now_ms < next_save_ms_) {
    int64_t next_ms = next_save_ms_ - now_ms;
    return wait_ms == kIdle ? next_ms : std::min(wait_ms, next_ms);
  }
  TakeMark();
  return wait_ms;
}

void ReplayService::TakeMark() {
  mark_ = std::make_shared<Mark>();
  has_progress_ = false;
  next_save_ms_ = parts_.clock->SteadyMs() + save_interval_ms_;
  int64_t end = 0;
  for (auto& [id, replay] : replays_) {
    if (replay.run == nullptr) continue;
    replay.run->ForgetConsumed(*parts_.offsets);
    mark_->by_replay[id] = {replay.run->ForDisk(), replay.run->done()};
    end = std::max(end, replay.run->durable_end());
  }
  parts_.store->WhenDurable(end, [mark = mark_, wake = wake_](bool durable_in_time) {
    mark->outcome = durable_in_time ? Mark::kDurable : Mark::kTooLate;
    if (wake) wake();
  });
}

// What the mark holds is durable: it may be on disk, and what has reached its end is over.
void ReplayService::KeepMarked() {
  std::shared_ptr<Mark> mark = std::move(mark_);
  mark_ = nullptr;
  if (mark->outcome == Mark::kTooLate) {
    has_progress_ = true;
    return;
  }
  for (auto& [id, reached] : mark->by_replay) {
    auto known = replays_.find(id);
    if (known == replays_.end() || known->second.run == nullptr) continue;
    Replay& replay = known->second;
    replay.saved.progress = std::move(reached.progress);
    dirty_ = true;
    bool finishes = reached.done && IsUnfinished(replay.saved.status.state) &&
                    CheckReplayCanGoOn(replay.saved.asked, parts_).ok();
    if (finishes) {
      EndWith(&replay.saved, ReplayState::kFinished, "");
      spdlog::info("replay {} has finished", id);
    }
    // Nothing was put since: a replay that is over makes no more turns, and the mark of one that
    // ended later is still to come.
    bool over = !IsUnfinished(replay.saved.status.state);
    if (over && replay.saved.progress.queues == replay.run->progress().queues) replay.run.reset();
  }
}

Status ReplayService::SaveAll() {
  std::lock_guard lock(mutex_);
  mark_ = nullptr;
  for (auto& [id, replay] : replays_) {
    if (replay.run == nullptr) continue;
    replay.run->ForgetConsumed(*parts_.offsets);
    replay.saved.progress = replay.run->ForDisk();
    dirty_ = true;
    bool finishes = replay.run->done() && IsUnfinished(replay.saved.status.state);
    if (finishes) EndWith(&replay.saved, ReplayState::kFinished, "");
  }
  if (!dirty_) return Status::Ok();
  Status saved = Save();
  if (saved.code() != ErrorCode::kResourceExhausted) return saved;
  // With an older progress the next start looks through more of the retry topics.
  spdlog::warn("the progress of replays stays as it is: {}", saved.message());
  return Status::Ok();
}

}  // namespace rewindmq::broker
