// The disk itself: faults, crashes, segments, locks, space. See sim_disk_files.cc for files.

#include "tests/sim/disk/sim_disk.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "tests/sim/disk/sim_disk_do.h"
#include "tests/sim/disk/sim_segment.h"

namespace rewindmq::sim {
namespace {

constexpr size_t kTraceCalls = 40;

CrashStyle StyleOf(Random* random) {
  switch (random->Below(8)) {
    case 0:
      return CrashStyle::kKeepAll;
    case 1:
      return CrashStyle::kDropAll;
    default:
      return CrashStyle::kEachPage;
  }
}

}  // namespace

class SimDisk::LockHeld final : public store::DiskLock {
 public:
  LockHeld(SimDisk* disk, std::string path) : disk_(disk), path_(std::move(path)) {}
  ~LockHeld() override {
    std::lock_guard lock(disk_->mutex_);
    disk_->locks_.erase(path_);
  }

 private:
  SimDisk* const disk_;
  const std::string path_;
};

void SimDisk::Plan(Fault fault) {
  std::lock_guard lock(mutex_);
  fault_ = std::move(fault);
  matches_ = 0;
  fired_ = false;
}

void SimDisk::Unplan() {
  std::lock_guard lock(mutex_);
  fault_.reset();
}

bool SimDisk::fired() const {
  std::lock_guard lock(mutex_);
  return fired_;
}

int64_t SimDisk::repeats() const {
  std::lock_guard lock(mutex_);
  return fired_ ? std::max<int64_t>(0, matches_ - fault_->at) : 0;
}

int64_t SimDisk::operations() const {
  std::lock_guard lock(mutex_);
  return operations_;
}

bool SimDisk::down() const {
  std::lock_guard lock(mutex_);
  return down_;
}

std::optional<Fault> SimDisk::NextFault(IoKind kind, const std::string& path) {
  if (ChangesDisk(kind)) ++operations_;
  if (trace_.size() >= 2 * kTraceCalls) trace_.erase(trace_.begin(), trace_.begin() + kTraceCalls);
  trace_.push_back(std::string(IoKindName(kind)) + " " + path);
  if (!fault_.has_value()) return std::nullopt;
  bool kind_matches = fault_->kind >= 0 ? fault_->kind == static_cast<int>(kind)
                                        : fault_->any_kind || ChangesDisk(kind);
  if (!kind_matches || path.find(fault_->path_part) == std::string::npos) return std::nullopt;
  ++matches_;
  if (matches_ != fault_->at && !(fault_->stays && matches_ > fault_->at)) return std::nullopt;
  fired_ = true;
  trace_.back() += "  <- the planned fault";
  return fault_;
}

void SimDisk::CrashLocked(uint64_t seed) {
  if (down_) return;
  down_ = true;
  Random random(seed);
  CrashStyle style = StyleOf(&random);
  names_.Crash(&random, style);
}

void SimDisk::KillLocked() {
  if (down_) return;
  down_ = true;
  names_.ForEachFile([](const std::string&, SimFile* file) { file->Detach(); });
}

void SimDisk::PowerLoss(uint64_t seed) {
  std::lock_guard lock(mutex_);
  CrashLocked(seed);
}

void SimDisk::KillProcess() {
  std::lock_guard lock(mutex_);
  KillLocked();
}

void SimDisk::Reboot() {
  std::lock_guard lock(mutex_);
  if (!locks_.empty()) {
    std::fputs("SimDisk::Reboot: the old store must be destroyed first\n", stderr);
    std::abort();
  }
  down_ = false;
  fault_.reset();
}

void SimDisk::WriteBackSome(uint64_t seed) {
  std::lock_guard lock(mutex_);
  if (down_) return;
  Random random(seed);
  names_.CommitSome(&random);
  names_.ForEachFile([&](const std::string&, SimFile* file) { file->WriteBackSome(&random); });
}

void SimDisk::SetCapacity(int64_t bytes) {
  std::lock_guard lock(mutex_);
  capacity_bytes_ = bytes;
}

int64_t SimDisk::UsedLocked() const {
  size_t used = 0;
  names_.ForEachFile([&](const std::string&, SimFile* file) { used += file->blocks_bytes(); });
  return static_cast<int64_t>(used);
}

int64_t SimDisk::used_bytes() const {
  std::lock_guard lock(mutex_);
  return UsedLocked();
}

std::vector<std::string> SimDisk::Paths() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> paths;
  names_.ForEachFile([&](const std::string& path, SimFile*) { paths.push_back(path); });
  return paths;
}

std::vector<std::string> SimDisk::UnsyncedPaths() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> paths;
  names_.ForEachFile([&](const std::string& path, SimFile* file) {
    if (!file->IsSynced()) paths.push_back(path);
  });
  return paths;
}

std::string SimDisk::Trace() const {
  std::lock_guard lock(mutex_);
  std::string text;
  size_t first = trace_.size() > kTraceCalls ? trace_.size() - kTraceCalls : 0;
  for (size_t i = first; i < trace_.size(); ++i) text += "  " + trace_[i] + "\n";
  return text;
}

Result<std::shared_ptr<store::Segment>> SimDisk::OpenSegment(std::string path, int64_t base_offset,
                                                             int64_t bytes) {
  std::shared_ptr<store::Segment> segment;
  auto open = [&]() -> Status {
    REWIND_TRY_ASSIGN(std::shared_ptr<SimFile> file, names_.FindOrCreate(path));
    if (file->content().size() > static_cast<size_t>(bytes)) {
      return Status(ErrorCode::kInvalidArgument, path + " is larger than " + std::to_string(bytes));
    }
    SimFile::Memory memory = file->Map(static_cast<size_t>(bytes));
    segment = std::make_shared<SimSegment>(this, std::move(file), std::move(memory), path,
                                           base_offset, bytes);
    return Status::Ok();
  };
  REWIND_TRY(Do(IoKind::kOpenSegment, path, open, [&] { (void)names_.FindOrCreate(path); }));
  return segment;
}

Result<std::unique_ptr<store::DiskLock>> SimDisk::Lock(const std::string& path) {
  std::unique_ptr<store::DiskLock> held;
  REWIND_TRY(Do(IoKind::kLock, path, [&]() -> Status {
    REWIND_TRY_ASSIGN(std::shared_ptr<SimFile> file, names_.FindOrCreate(path));
    if (!locks_.insert(path).second) return Status(ErrorCode::kConflict, path + " is locked");
    file->WriteAt(0, "lock");
    held = std::make_unique<LockHeld>(this, path);
    return Status::Ok();
  }));
  return held;
}

Result<store::DiskUsage> SimDisk::Usage(const std::string& path) {
  store::DiskUsage usage;
  REWIND_TRY(Do(IoKind::kUsage, path, [&] {
    usage = {capacity_bytes_, std::max<int64_t>(0, capacity_bytes_ - UsedLocked())};
    return Status::Ok();
  }));
  return usage;
}

Status SimDisk::SyncEverything(const std::string& path) {
  return Do(
      IoKind::kSyncEverything, path,
      [&] {
        names_.SyncAll();
        names_.ForEachFile([](const std::string&, SimFile* file) { file->SyncAll(); });
        return Status::Ok();
      },
      [&] {
        names_.ForEachFile(
            [](const std::string&, SimFile* file) { file->LoseDirty(0, file->content().size()); });
      });
}

Status SimDisk::ReserveSegment(SimSegment* segment, int64_t from, int64_t end, int64_t ahead) {
  const std::string& path = segment->path();
  return Do(IoKind::kReserve, path, [&]() -> Status {
    if (!segment->IsCurrent()) return Status(ErrorCode::kIo, path + " is of before the crash");
    if (names_.FindFile(path) != segment->file_) {
      return Status(ErrorCode::kNotFound, "open " + path + ": no such file");
    }
    SimFile* file = segment->file_.get();
    int64_t free = capacity_bytes_ - UsedLocked();
    for (int64_t wanted : {std::min(end + ahead, segment->end_offset()), end}) {
      auto blocks = [](size_t bytes) { return (bytes + kPageBytes - 1) / kPageBytes; };
      size_t have = std::max(file->reserved(), segment->PositionOf(from));
      auto more = static_cast<int64_t>(blocks(segment->PositionOf(wanted)) * kPageBytes) -
                  static_cast<int64_t>(blocks(have) * kPageBytes);
      if (more > free) continue;
      file->Reserve(segment->PositionOf(wanted));
      segment->reserved_end_.store(wanted, std::memory_order_release);
      return Status::Ok();
    }
    return Status(ErrorCode::kResourceExhausted, "reserve space in " + path + ": disk full");
  });
}

Status SimDisk::SimSegment::Sync(int64_t from, int64_t end) {
  end = std::min(end, end_offset());
  if (end <= from) return Status::Ok();
  return disk_->Do(
      IoKind::kSyncSegment, path_,
      [&]() -> Status {
        if (!IsCurrent()) return Status(ErrorCode::kIo, path_ + " is of before the crash");
        file_->Sync(PositionOf(from), PositionOf(end));
        return Status::Ok();
      },
      [&] {
        if (IsCurrent()) file_->LoseDirty(PositionOf(from), PositionOf(end));
      });
}

Status SimDisk::SimSegment::CutAt(int64_t offset) {
  REWIND_TRY(disk_->Do(IoKind::kCut, path_, [&]() -> Status {
    if (!IsCurrent()) return Status(ErrorCode::kIo, path_ + " is of before the crash");
    if (disk_->names_.FindFile(path_) != file_) {
      return Status(ErrorCode::kNotFound, "open " + path_ + ": no such file");
    }
    file_->Truncate(PositionOf(offset));
    file_->Map(static_cast<size_t>(bytes_));
    reserved_end_.store(0, std::memory_order_release);
    return Status::Ok();
  }));
  return Sync(base_offset_, end_offset());
}

int64_t SimDisk::SimSegment::NextData(int64_t from) const {
  for (int64_t at = from; at < end_offset(); ++at) {
    if (data_[at - base_offset_] == 0) continue;
    int64_t page = (at - base_offset_) / static_cast<int64_t>(kPageBytes);
    return std::max(from, base_offset_ + page * static_cast<int64_t>(kPageBytes));
  }
  return end_offset();
}

Status SimDisk::SimSegment::Unlink() {
  return disk_->Do(IoKind::kUnlink, path_, [&] {
    Status removed = disk_->names_.Remove(path_);
    return removed.code() == ErrorCode::kNotFound ? Status::Ok() : removed;
  });
}

}  // namespace rewindmq::sim
