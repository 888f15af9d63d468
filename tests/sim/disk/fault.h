#pragma once
// What shall go wrong on the simulated disk, and when. Thread safety: plain values.

#include <cstdint>
#include <string>
#include <string_view>

namespace rewindmq::sim {

// One for every call that a real disk could refuse.
enum class IoKind : uint8_t {
  kRead,
  kWrite,
  kSyncFile,
  kLink,
  kRename,
  kRemove,
  kRemoveTree,
  kMakeDirectories,
  kSyncDirectory,
  kList,
  kOpenSegment,
  kReserve,
  kSyncSegment,
  kCut,
  kUnlink,
  kLock,
  kUsage,
  kSyncEverything,
};
inline constexpr int kIoKinds = static_cast<int>(IoKind::kSyncEverything) + 1;

std::string_view IoKindName(IoKind kind);

// Whether the call can change what is on the disk. Ending the power at one that cannot is the same
// as ending it at the next one that can.
constexpr bool ChangesDisk(IoKind kind) {
  return kind != IoKind::kRead && kind != IoKind::kList && kind != IoKind::kUsage;
}

constexpr bool IsSync(IoKind kind) {
  return kind == IoKind::kSyncFile || kind == IoKind::kSyncDirectory ||
         kind == IoKind::kSyncSegment || kind == IoKind::kSyncEverything;
}

struct Fault {
  enum class Effect : uint8_t {
    kIoError,    // kIo; of a failed sync the pages are lost, as Linux does it
    kDiskFull,   // kResourceExhausted
    kPowerLoss,  // the crash image is taken there and everything fails until Reboot
    kKill,       // the process ends there: everything fails until Reboot
  };

  Effect effect = Effect::kIoError;
  int64_t at = 1;  // the n-th call that matches, counted from when the fault was planned
  // Which calls match: all that change the disk, unless `kind` or `any_kind` says otherwise.
  bool any_kind = false;
  int kind = -1;            // an IoKind
  std::string path_part{};  // has to be in the path
  bool stays = false;       // later calls that match fail too
  uint64_t seed = 0;        // of the crash image; whether a failed call did half of its work
};

}  // namespace rewindmq::sim
