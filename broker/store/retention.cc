#include "broker/store/retention.h"

#include <chrono>
#include <utility>

#include "common/base/log.h"
#include "common/base/thread_name.h"

namespace rewindmq::store {
namespace {

// As RocketMQ: a round must not keep the disk busy for long.
constexpr int kMaxSegmentsPerRound = 10;
constexpr int32_t kPauseBetweenSegmentsMs = 100;
constexpr int32_t kFullSampleIntervalMs = 100;

int Percent(double ratio) { return static_cast<int>(ratio * 100); }

}  // namespace

Retention::Retention(CommitLog* log, QueueTable* queues, Options options)
    : log_(log),
      queues_(queues),
      options_(std::move(options)),
      wall_(options_.clock),
      limits_(options_.limits) {
  Sample();
}

void Retention::Start() {
  thread_ = std::thread([this] {
    NameThisThread("retention");
    Run();
  });
}

void Retention::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

DiskUsage Retention::usage() const {
  std::lock_guard lock(mutex_);
  return usage_;
}

bool Retention::Wait(int32_t interval_ms) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::milliseconds(interval_ms),
                    [this] { return stopping_ || asked_; });
  return !stopping_;
}

RetentionLimits Retention::limits() const {
  std::lock_guard lock(mutex_);
  return limits_;
}

void Retention::ChangeLimits(const RetentionLimits& limits) {
  std::lock_guard lock(mutex_);
  limits_ = limits;
}

void Retention::CleanSoon(bool at_any_hour) {
  {
    std::lock_guard lock(mutex_);
    asked_ = true;
    at_any_hour_ = at_any_hour_ || at_any_hour;
  }
  changed_.notify_one();
}

void Retention::Run() {
  int64_t waited_ms = options_.clean_interval_ms;
  do {
    Sample();
    bool asked = false;
    {
      std::lock_guard lock(mutex_);
      asked = std::exchange(asked_, false);
    }
    if (asked) FollowLog();
    if (asked || waited_ms >= options_.clean_interval_ms || disk_full()) {
      Clean();
      waited_ms = 0;
    }
    waited_ms += options_.sample_interval_ms;
  } while (Wait(options_.sample_interval_ms));
}

void Retention::RunOnce() {
  Sample();
  Clean();
}

bool Retention::RefusesMessages() {
  if (!disk_full()) return false;
  int64_t sampled_ms = sampled_ms_.load(std::memory_order_relaxed);
  const int64_t now_ms = options_.clock->SteadyMs();
  const bool due = now_ms - sampled_ms >= kFullSampleIntervalMs;
  if (due && sampled_ms_.compare_exchange_strong(sampled_ms, now_ms)) Sample();
  return disk_full();
}

void Retention::Sample() {
  sampled_ms_.store(options_.clock->SteadyMs(), std::memory_order_relaxed);
  Result<DiskUsage> usage = options_.disk->Usage(options_.directory);
  if (!usage.ok()) {
    spdlog::warn("disk use is not known: {}", usage.status().message());
    return;
  }
  {
    std::lock_guard lock(mutex_);
    usage_ = *usage;
  }
  const double full_ratio = limits().full_ratio;
  bool is_full = usage->used_ratio() >= full_ratio;
  if (is_full == disk_full_.exchange(is_full)) return;
  if (is_full) {
    spdlog::error("the disk of {} is {} % full: messages are refused until it is below {} %",
                  options_.directory, Percent(usage->used_ratio()), Percent(full_ratio));
  } else {
    spdlog::info("the disk of {} has space again, {} % are used: messages are accepted",
                 options_.directory, Percent(usage->used_ratio()));
  }
}

// The newest message of a segment is older than the first one of the next.
bool Retention::FirstIsExpired() {
  std::shared_ptr<Segment> first = log_->segments().First();
  std::shared_ptr<Segment> next =
      first == nullptr ? nullptr : log_->segments().Find(first->end_offset());
  if (next == nullptr) return false;
  std::optional<RecordView> record = log_->RecordAt(next->base_offset());
  if (!record.has_value()) return false;
  return StoreTimestampOf(record->bytes) < wall_.NowMs() - limits().keep_ms;
}

bool Retention::MayRemoveFirst(Removal removal) {
  switch (removal) {
    case Removal::kNothing:
      return false;
    case Removal::kExpired:
      return FirstIsExpired();
    case Removal::kOldest:
      return usage().used_ratio() >= limits().force_ratio;
  }
  return false;
}

Removal Retention::ChooseRemoval() {
  Removal removal = DecideRemoval(limits(), usage(), LocalHour(wall_.NowMs()));
  std::lock_guard lock(mutex_);
  bool manual = std::exchange(at_any_hour_, false);
  return manual && removal == Removal::kNothing ? Removal::kExpired : removal;
}

void Retention::Clean() {
  Removal removal = ChooseRemoval();
  int removed = 0;
  while (removed < kMaxSegmentsPerRound && MayRemoveFirst(removal)) {
    if (removed > 0 && !Wait(kPauseBetweenSegmentsMs)) break;
    std::shared_ptr<Segment> first = log_->segments().First();
    Result<bool> done = log_->RemoveFirst();
    if (!done.ok()) spdlog::error("an old segment stays: {}", done.status().message());
    if (!done.ok() || !*done) break;
    spdlog::info("deleted {}: {}", first->path(),
                 removal == Removal::kExpired ? "its messages have expired" : "space is needed");
    first.reset();
    deleted_segments_.fetch_add(1, std::memory_order_relaxed);
    ++removed;
    FollowLog();
    Sample();
  }
}

void Retention::FollowLog() {
  const int64_t log_min = log_->min_offset();
  for (const std::shared_ptr<ConsumeQueue>& queue : queues_->All()) {
    Status deleted = queue->DeleteBefore(log_min);
    if (!deleted.ok()) spdlog::error("an old queue segment stays: {}", deleted.message());
  }
  options_.on_log_moved(log_min);
}

}  // namespace rewindmq::store
