#pragma once
// A disk whose segments live in memory, stay there between two opens, and cannot grow while it is
// full. Folders are real.

#include <map>
#include <string>
#include <vector>

#include "broker/store/disk.h"

namespace rewindmq::store {

class MemoryDisk final : public Disk {
 public:
  FileSystem& files() override { return RealDisk().files(); }
  Result<std::shared_ptr<Segment>> OpenSegment(std::string path, int64_t base_offset,
                                               int64_t bytes) override {
    REWIND_TRY(files().Write(path, "", FileSystem::Sync::kNo));
    std::shared_ptr<std::vector<int64_t>>& memory = memory_[path];
    if (memory == nullptr) {
      memory = std::make_shared<std::vector<int64_t>>(static_cast<size_t>(bytes + 7) / 8);
    }
    return std::shared_ptr<Segment>(
        std::make_shared<MemorySegment>(this, std::move(path), base_offset, bytes, memory));
  }
  Result<std::unique_ptr<DiskLock>> Lock(const std::string& path) override {
    return RealDisk().Lock(path);
  }
  Result<DiskUsage> Usage(const std::string& path) override { return RealDisk().Usage(path); }

  // Only segments whose path has this in it are concerned.
  std::string full_path;
  std::atomic<bool> full{false};
  std::atomic<bool> sync_fails{false};

 private:
  class MemorySegment final : public Segment {
   public:
    MemorySegment(MemoryDisk* disk, std::string path, int64_t base_offset, int64_t bytes,
                  std::shared_ptr<std::vector<int64_t>> memory)
        : Segment(std::move(path), base_offset, bytes, reinterpret_cast<char*>(memory->data())),
          disk_(disk),
          memory_(std::move(memory)) {}
    Status Sync(int64_t, int64_t) override {
      if (disk_->sync_fails) return Status(ErrorCode::kIo, "sync failed");
      return Status::Ok();
    }
    Status CutAt(int64_t offset) override {
      std::fill(At(offset), At(end_offset()), '\0');
      reserved_end_ = 0;
      return Status::Ok();
    }
    int64_t NextData(int64_t from) const override { return from; }
    Status Unlink() override {
      disk_->memory_.erase(path_);
      return disk_->files().Remove(path_);
    }

   private:
    Status ReserveMore(int64_t, int64_t end, int64_t) override {
      if (disk_->full && path_.find(disk_->full_path) != std::string::npos) {
        return Status(ErrorCode::kResourceExhausted, "no space left");
      }
      reserved_end_ = end;
      return Status::Ok();
    }
    MemoryDisk* const disk_;
    const std::shared_ptr<std::vector<int64_t>> memory_;
  };

  std::map<std::string, std::shared_ptr<std::vector<int64_t>>> memory_;
};

}  // namespace rewindmq::store
