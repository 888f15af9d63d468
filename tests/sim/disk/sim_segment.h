#pragma once
// A segment of the simulated disk: memory that belongs to a SimFile. For sim_disk*.cc only.

#include <memory>
#include <string>
#include <utility>

#include "tests/sim/disk/sim_disk.h"

namespace rewindmq::sim {

class SimDisk::SimSegment final : public store::Segment {
 public:
  SimSegment(SimDisk* disk, std::shared_ptr<SimFile> file, SimFile::Memory memory, std::string path,
             int64_t base_offset, int64_t bytes)
      : Segment(std::move(path), base_offset, bytes, memory->data()),
        disk_(disk),
        file_(std::move(file)),
        memory_(std::move(memory)) {}

  Status Sync(int64_t from, int64_t end) override;
  Status CutAt(int64_t offset) override;
  int64_t NextData(int64_t from) const override;
  Status Unlink() override;

 private:
  friend class SimDisk;
  Status ReserveMore(int64_t from, int64_t end, int64_t ahead) override {
    return disk_->ReserveSegment(this, from, end, ahead);
  }
  // A segment of before a crash has nothing to do with the file any more.
  bool IsCurrent() const { return file_->memory() == memory_; }
  size_t PositionOf(int64_t offset) const { return static_cast<size_t>(offset - base_offset_); }

  SimDisk* const disk_;
  const std::shared_ptr<SimFile> file_;
  const SimFile::Memory memory_;
};

}  // namespace rewindmq::sim
