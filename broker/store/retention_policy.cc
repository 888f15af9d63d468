#include "broker/store/retention_policy.h"

#include <algorithm>
#include <ctime>

namespace rewindmq::store {
namespace {

// What a clock that is being adjusted smoothly may gain.
constexpr int64_t kSlewDivisor = 100;

}  // namespace

Removal DecideRemoval(const RetentionLimits& limits, const DiskUsage& usage, int32_t local_hour) {
  if (usage.used_ratio() >= limits.force_ratio) return Removal::kOldest;
  if (usage.used_ratio() >= limits.expire_ratio) return Removal::kExpired;
  const std::vector<int32_t>& hours = limits.delete_hours;
  bool is_time = std::find(hours.begin(), hours.end(), local_hour) != hours.end();
  return is_time ? Removal::kExpired : Removal::kNothing;
}

int32_t LocalHour(int64_t wall_ms) {
  std::time_t seconds = wall_ms / 1000;
  std::tm local{};
  ::localtime_r(&seconds, &local);
  return local.tm_hour;
}

SteadyWall::SteadyWall(const Clock* clock)
    : clock_(clock), wall_ms_(clock->WallMs()), steady_ms_(clock->SteadyMs()) {}

int64_t SteadyWall::NowMs() {
  int64_t steady_ms = clock_->SteadyMs();
  int64_t passed_ms = steady_ms - steady_ms_;
  steady_ms_ = steady_ms;
  wall_ms_ = std::min(clock_->WallMs(), wall_ms_ + passed_ms + passed_ms / kSlewDivisor);
  return wall_ms_;
}

}  // namespace rewindmq::store
