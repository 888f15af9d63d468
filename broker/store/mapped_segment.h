#pragma once
// A segment that is a sparse file, mapped into memory (RocketMQ's DefaultMappedFile). For thread
// safety and ranges see Segment.

#include <memory>
#include <mutex>
#include <string>

#include "broker/store/segment.h"

namespace rewindmq::store {

class MappedSegment final : public Segment {
 public:
  // Makes the file when it is missing, extends it when it is short. kInvalidArgument when it is
  // larger than `bytes`: the store was made with another segment size.
  static Result<std::shared_ptr<Segment>> Open(std::string path, int64_t base_offset,
                                               int64_t bytes);
  ~MappedSegment() override;

  void ExpectRandomAccess() override;
  Status Sync(int64_t from, int64_t end) override;
  Status CutAt(int64_t offset) override;
  int64_t NextData(int64_t from) const override;
  int64_t DataEnd() const override;
  Status Unlink() override;

 private:
  MappedSegment(std::string path, int64_t base_offset, int64_t bytes, char* data)
      : Segment(std::move(path), base_offset, bytes, data) {}
  Status ReserveMore(int64_t from, int64_t end, int64_t ahead) override;

  Status TakeBlocks(int64_t start, int64_t end, int64_t ahead);
  Status Touch(int64_t from, int64_t end);
  int64_t PageEnd(int64_t offset) const;

  std::mutex reserve_mutex_;
  int64_t blocks_end_ = 0;  // guarded by reserve_mutex_; global offset up to which there are blocks
};

}  // namespace rewindmq::store
