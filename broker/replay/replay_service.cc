#include "broker/replay/replay_service.h"

#include <algorithm>

#include "broker/schedule/delivery_loop.h"
#include "common/base/log.h"
#include "common/base/metadata_file.h"
#include "common/protocol/topic_names.h"

namespace rewindmq::broker {

using protocol::ReplayOrder;
using protocol::ReplayState;
using protocol::ReplayStatus;

namespace {

// A request waits for the lock: the line steps back that long.
constexpr int64_t kStepBackMs = 1;

Status Refused(std::string why) { return {ErrorCode::kConflict, std::move(why)}; }

}  // namespace

// The lock as requests take it: the line, which wants it all the time, lets them go first.
class ReplayService::Lock {
 public:
  explicit Lock(ReplayService* service) {
    ++service->requests_;
    lock_ = std::unique_lock(service->mutex_);
    --service->requests_;
  }

 private:
  std::unique_lock<std::mutex> lock_;
};

std::unique_ptr<ReplayService> ReplayService::Load(const std::string& config_directory,
                                                   const ReplayParts& parts,
                                                   int64_t save_interval_ms, FileSystem& files) {
  std::string path = config_directory + "/replays.json";
  auto records = LoadMetadataFile<std::vector<ReplayRecord>>(files, path, DecodeReplayRecords);
  if (!records.ok() && records.status().code() != ErrorCode::kNotFound) {
    spdlog::error("{}; no replay goes on", records.status().message());
    KeepDamaged(files, path);
  }
  std::unique_ptr<ReplayService> service(new ReplayService(path, parts, save_interval_ms, &files));
  if (records.ok()) {
    for (ReplayRecord& record : *records) {
      std::string id = record.asked.id;
      service->replays_[id].saved = std::move(record);
    }
  }
  service->Resume();
  return service;
}

void ReplayService::Resume() {
  for (auto& [id, replay] : replays_) {
    if (!IsUnfinished(replay.saved.status.state)) continue;
    auto filter = ReplayFilter::Make(replay.saved.filter, replay.saved.asked.topic);
    if (!filter.ok()) {
      EndWith(&replay.saved, ReplayState::kFailed, filter.status().message());
      dirty_ = true;
      continue;
    }
    replay.run = std::make_unique<ReplayRun>(replay.saved, std::move(*filter), parts_, true);
    has_progress_ = true;
  }
  FailWhatCannotGoOn();
}

Result<std::optional<ReplayStatus>> ReplayService::FindStarted(const ReplayOrder& order) {
  auto known = replays_.find(order.id);
  if (known != replays_.end()) {
    const ReplayRecord& record = known->second.saved;
    if (order == record.asked || order == record.status.order) {
      return std::optional(StatusOf(known->second));
    }
    return Refused("replay " + order.id +
                   " was started with another order; steer it, or choose another id");
  }
  size_t unfinished = 0;
  for (const auto& [id, replay] : replays_) {
    if (!IsUnfinished(replay.saved.status.state)) continue;
    ++unfinished;
    const ReplayOrder& other = replay.saved.asked;
    if (other.group == order.group && other.topic == order.topic) {
      return Refused("replay " + id + " of topic " + order.topic + " for group " + order.group +
                     " is not over; wait for its end or cancel it");
    }
  }
  if (unfinished < kMaxUnfinished) return std::optional<ReplayStatus>();
  return Refused("this broker has " + std::to_string(unfinished) +
                 " replays that are not over, which is the limit; wait for one's end");
}

Result<ReplayStatus> ReplayService::Start(const ReplayOrder& order) {
  Lock lock(this);
  REWIND_TRY(CheckReplayId(order.id));
  REWIND_TRY_ASSIGN(auto started, FindStarted(order));
  if (started) return *started;
  REWIND_TRY_ASSIGN(ReplayRecord record, PlanReplay(order, parts_));
  REWIND_TRY_ASSIGN(ReplayFilter filter, ReplayFilter::Make(record.filter, order.topic));
  Replay& replay = replays_[order.id];
  replay.saved = std::move(record);
  if (Status saved = Save(); !saved.ok()) {
    replays_.erase(order.id);
    return saved.WithContext("the replay cannot be kept");
  }
  replay.run = std::make_unique<ReplayRun>(replay.saved, std::move(filter), parts_, false);
  has_progress_ = true;
  spdlog::info("replay {} of topic {} for group {} from {} until {} starts, {}", order.id,
               order.topic, order.group, order.from_ms, order.until_ms, replay.saved.filter.words);
  Wake();
  return StatusOf(replay);
}

// Durable, or without effect.
Status ReplayService::Change(ReplayRecord* record, const ReplayRecord& changed) {
  ReplayRecord before = *record;
  *record = changed;
  Status saved = Save();
  if (!saved.ok()) *record = std::move(before);
  return saved;
}

void ReplayService::EndWith(ReplayRecord* record, ReplayState state, std::string message) const {
  record->status.state = state;
  record->status.message = std::move(message);
  record->status.end_time_ms = parts_.clock->WallMs();
}

Result<ReplayStatus> ReplayService::Steer(const ReplaySteering& steering) {
  Lock lock(this);
  auto known = replays_.find(steering.id);
  if (known == replays_.end()) {
    return Status(ErrorCode::kNotFound, "this broker knows no replay '" + steering.id + "'");
  }
  Replay& replay = known->second;
  ReplayRecord changed = replay.saved;
  if (!IsUnfinished(changed.status.state)) {
    if (steering.cancel) return StatusOf(replay);
    return Refused("replay " + steering.id + " is over (" +
                   std::string(protocol::Name(changed.status.state)) + "), it cannot be changed");
  }
  if (steering.cancel) {
    EndWith(&changed, ReplayState::kCancelled, "");
  } else if (steering.pause) {
    changed.status.state = *steering.pause ? ReplayState::kPaused : ReplayState::kRunning;
  }
  if (steering.messages_per_second && !steering.cancel) {
    if (*steering.messages_per_second < 0) {
      return Status(ErrorCode::kInvalidArgument, "messagesPerSecond " +
                                                     std::to_string(*steering.messages_per_second) +
                                                     " is negative; use 0 for no limit");
    }
    changed.status.order.messages_per_second = *steering.messages_per_second;
  }
  REWIND_TRY(Change(&replay.saved, changed));
  replay.run->SetRate(changed.status.order.messages_per_second);
  has_progress_ = true;
  spdlog::info("replay {} is {} at {} messages per second", steering.id,
               protocol::Name(changed.status.state), changed.status.order.messages_per_second);
  Wake();
  return StatusOf(replay);
}

std::vector<ReplayStatus> ReplayService::List(std::string_view id) {
  Lock lock(this);
  std::vector<ReplayStatus> list;
  for (const auto& [name, replay] : replays_) {
    if (id.empty() || id == name) list.push_back(StatusOf(replay));
  }
  std::stable_sort(list.begin(), list.end(), [](const ReplayStatus& a, const ReplayStatus& b) {
    return a.start_time_ms < b.start_time_ms;
  });
  return list;
}

ReplayStatus ReplayService::StatusOf(const Replay& replay) const {
  const ReplayProgress& progress =
      replay.run != nullptr ? replay.run->progress() : replay.saved.progress;
  ReplayStatus status = replay.saved.status;
  status.queues = progress.queues;
  std::string retry = protocol::RetryTopic(status.order.group);
  for (size_t id = 0; id < progress.retry_queues.size(); ++id) {
    auto committed =
        parts_.offsets->Find(status.order.group, retry, static_cast<int32_t>(id)).value_or(0);
    status.unconsumed += progress.retry_queues[id].delivered.CountFrom(committed);
  }
  return status;
}

void ReplayService::OnDeleted() {
  Lock lock(this);
  FailWhatCannotGoOn();
  Wake();
}

void ReplayService::FailWhatCannotGoOn() {
  for (auto& [id, replay] : replays_) {
    if (!IsUnfinished(replay.saved.status.state)) continue;
    Status there = CheckReplayCanGoOn(replay.saved.asked, parts_);
    if (there.ok()) continue;
    spdlog::warn("replay {} fails: {}", id, there.message());
    EndWith(&replay.saved, ReplayState::kFailed, there.message());
    dirty_ = true;
    has_progress_ = true;
  }
}

std::map<std::string, std::string> ReplayService::RuntimeInfo() {
  std::map<std::string, std::string> info;
  for (const ReplayStatus& status : List("")) {
    if (!IsUnfinished(status.state)) continue;
    int64_t delivered = 0;
    int64_t left = 0;
    for (const protocol::ReplayQueue& queue : status.queues) {
      delivered += queue.delivered;
      left += queue.end_offset - queue.next_offset;
    }
    info["replay_" + status.order.id] = std::string(protocol::Name(status.state)) + "," +
                                        std::to_string(delivered) + " delivered," +
                                        std::to_string(left) + " to look at";
  }
  return info;
}

int64_t ReplayService::Run() {
  if (requests_ > 0) return kStepBackMs;
  int64_t wait_ms = kIdle;
  auto sooner = [&wait_ms](int64_t ms) {
    if (ms != kIdle) wait_ms = wait_ms == kIdle ? ms : std::min(wait_ms, ms);
  };
  std::lock_guard lock(mutex_);
  for (auto& [id, replay] : replays_) {
    if (replay.run == nullptr || replay.saved.status.state != ReplayState::kRunning) continue;
    sooner(replay.run->Turn());
    has_progress_ |= replay.run->TakeChanged();
  }
  sooner(SaveProgress());
  return wait_ms;
}

}  // namespace rewindmq::broker
