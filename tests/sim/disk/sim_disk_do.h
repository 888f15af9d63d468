#pragma once
// SimDisk's way into every call: power, faults, counting. For sim_disk*.cc only.

#include <optional>
#include <string>

#include "tests/sim/disk/sim_disk.h"

namespace rewindmq::sim {

template <typename Effect, typename HalfEffect>
Status SimDisk::Do(IoKind kind, const std::string& path, Effect effect, HalfEffect half_effect) {
  std::lock_guard lock(mutex_);
  if (down_) return Status(ErrorCode::kIo, path + ": the disk is gone");
  std::optional<Fault> fault = NextFault(kind, path);
  if (!fault.has_value()) return effect();
  Random random(fault->seed);
  switch (fault->effect) {
    case Fault::Effect::kIoError:
    case Fault::Effect::kDiskFull:
      if (IsSync(kind) || random.OneIn(2)) half_effect();
      return fault->effect == Fault::Effect::kDiskFull
                 ? Status(ErrorCode::kResourceExhausted, path + ": no space left (planned)")
                 : Status(ErrorCode::kIo, path + ": input/output error (planned)");
    case Fault::Effect::kPowerLoss:
      // As far as it came, it changed the memory image; the crash decides what is left of that.
      if (!IsSync(kind)) (void)effect();
      CrashLocked(random.Next());
      return Status(ErrorCode::kIo, path + ": the power is off (planned)");
    case Fault::Effect::kKill:
      if (random.OneIn(2)) (void)effect();
      KillLocked();
      return Status(ErrorCode::kIo, path + ": the process was killed (planned)");
  }
  return Status::Ok();
}

template <typename Effect>
Status SimDisk::Do(IoKind kind, const std::string& path, Effect effect) {
  return Do(kind, path, effect, [] {});
}

}  // namespace rewindmq::sim
