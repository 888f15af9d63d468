#pragma once
// A disk in memory that forgets what was not synced: for tests of what a crash, a failing or a full
// disk costs. See SimFile for content and NameTree for names.
//
//   SimDisk disk;
//   { store on &disk; … disk.PowerLoss(seed); }   or KillProcess(), or a planned fault
//   disk.Reboot();
//   { a new store on &disk }
//
// After a crash every call fails with kIo until Reboot, so that the old store goes its fatal way;
// it must be destroyed before Reboot. Its memory stays readable and is written to nowhere.
// Everything follows from the seeds, as long as the calls come in the same order.
// Thread safety: every method may be called from any thread. Memory of segments must not be
// written to while a crash or WriteBackSome runs.

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "broker/store/disk.h"
#include "tests/sim/disk/fault.h"
#include "tests/sim/disk/name_tree.h"

namespace rewindmq::sim {

class SimDisk final : public store::Disk, private FileSystem {
 public:
  SimDisk() = default;

  FileSystem& files() override { return *this; }
  Result<std::shared_ptr<store::Segment>> OpenSegment(std::string path, int64_t base_offset,
                                                      int64_t bytes) override;
  Result<std::unique_ptr<store::DiskLock>> Lock(const std::string& path) override;
  Result<store::DiskUsage> Usage(const std::string& path) override;
  Status SyncEverything(const std::string& path) override;

  // Replaces the fault that was planned before.
  void Plan(Fault fault);
  void Unplan();
  // Whether the planned fault has come up.
  bool fired() const;
  // How many calls matched it after it had come up: a failed sync must not be tried again.
  int64_t repeats() const;
  // Calls that change the disk, from the beginning on.
  int64_t operations() const;

  void PowerLoss(uint64_t seed);
  void KillProcess();
  bool down() const;
  void Reboot();
  // The kernel writes some dirty pages and commits some changes of names by itself.
  void WriteBackSome(uint64_t seed);

  // Of all files together; Reserve beyond it is refused.
  void SetCapacity(int64_t bytes);
  int64_t used_bytes() const;

  // Every file's path. What it holds can be read and changed through files() while no store is
  // open: a test's way to damage it.
  std::vector<std::string> Paths() const;
  // Those of them from which power loss could take something.
  std::vector<std::string> UnsyncedPaths() const;
  // The newest calls, for the message of a failed test.
  std::string Trace() const;

 private:
  class LockHeld;
  class SimSegment;
  friend class SimSegment;

  Result<std::string> Read(const std::string& path, size_t limit_bytes) override;
  Status Write(const std::string& path, std::string_view content, Sync sync) override;
  Status WriteAt(const std::string& path, int64_t position, std::string_view content,
                 Sync sync) override;
  Status Link(const std::string& from, const std::string& to) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Status RemoveTree(const std::string& path) override;
  Status MakeDirectories(const std::string& path) override;
  Status SyncDirectory(const std::string& path) override;
  bool Exists(const std::string& path) override;
  Result<std::vector<std::string>> List(const std::string& path) override;

  // Runs `effect` under the lock, or fails as planned. What a failed call leaves behind is
  // `half_effect`'s business; it is run for one half of the seeds.
  template <typename Effect, typename HalfEffect>
  Status Do(IoKind kind, const std::string& path, Effect effect, HalfEffect half_effect);
  template <typename Effect>
  Status Do(IoKind kind, const std::string& path, Effect effect);
  std::optional<Fault> NextFault(IoKind kind, const std::string& path);  // needs mutex_
  void CrashLocked(uint64_t seed);
  void KillLocked();
  int64_t UsedLocked() const;
  Status SyncFile(const std::string& path);
  Status ReserveSegment(SimSegment* segment, int64_t from, int64_t end, int64_t ahead);

  mutable std::mutex mutex_;
  NameTree names_;
  std::optional<Fault> fault_;
  int64_t matches_ = 0;
  bool fired_ = false;
  bool down_ = false;
  int64_t operations_ = 0;
  int64_t capacity_bytes_ = int64_t{1} << 50;
  std::set<std::string> locks_;
  std::vector<std::string> trace_;
};

}  // namespace rewindmq::sim
