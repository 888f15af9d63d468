#pragma once
// When old segments may go: by age at certain hours or when the disk fills, by need when it is
// nearly full (RocketMQ's CleanCommitLogService). Thread safety: pure functions and plain values;
// SteadyWall has one owner.

#include <cstdint>
#include <vector>

#include "broker/store/disk.h"
#include "common/base/clock.h"

namespace rewindmq::store {

struct RetentionLimits {
  int64_t keep_ms = int64_t{72} * 3600 * 1000;  // fileReservedTime
  std::vector<int32_t> delete_hours = {4};      // deleteWhen, local time
  double expire_ratio = 0.75;  // diskMaxUsedSpaceRatio: expired ones go at any hour
  double force_ratio = 0.85;   // the oldest go whatever their age
  double full_ratio = 0.90;    // nothing more is stored
};

enum class Removal : uint8_t {
  kNothing,
  kExpired,  // segments whose newest message is older than keep_ms
  kOldest,   // as many as it takes to come below force_ratio
};

Removal DecideRemoval(const RetentionLimits& limits, const DiskUsage& usage, int32_t local_hour);

// Hour of the day on this machine, 0 to 23.
int32_t LocalHour(int64_t wall_ms);

// Wall time that never runs faster than the steady clock: should the machine's clock jump forward,
// messages do not expire all at once. A jump back is followed at once; that only keeps them longer.
class SteadyWall {
 public:
  explicit SteadyWall(const Clock* clock);
  int64_t NowMs();

 private:
  const Clock* const clock_;
  int64_t wall_ms_;
  int64_t steady_ms_;
};

}  // namespace rewindmq::store
