#pragma once
// A disk in memory whose segments are blocks of exactly their size, so that AddressSanitizer sees
// every access outside of them. Thread safety: one thread.

#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>

#include "broker/store/disk.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/memory_files.h"

namespace rewindmq::fuzz {

// Segments that are opened begin with the content of the file of their name.
class MemoryDisk : public store::Disk {
 public:
  FileSystem& files() override { return files_; }
  Result<std::shared_ptr<store::Segment>> OpenSegment(std::string path, int64_t base_offset,
                                                      int64_t bytes) override {
    std::string content;
    if (files_.Exists(path)) {
      REWIND_TRY_ASSIGN(content, files_.Read(path, SIZE_MAX));
    }
    if (content.size() > static_cast<size_t>(bytes)) {
      return Status(ErrorCode::kInvalidArgument, path + " is too large");
    }
    content.resize(static_cast<size_t>(bytes));
    REWIND_TRY(files_.Write(path, content, FileSystem::Sync::kNo));
    return std::shared_ptr<store::Segment>(
        new MemorySegment(&files_, std::move(path), base_offset, content));
  }
  Result<std::unique_ptr<store::DiskLock>> Lock(const std::string&) override {
    return std::make_unique<store::DiskLock>();
  }
  Result<store::DiskUsage> Usage(const std::string&) override { return store::DiskUsage(); }

 private:
  struct FreeMemory {
    void operator()(char* memory) const { std::free(memory); }
  };
  using Memory = std::unique_ptr<char, FreeMemory>;

  class MemorySegment : public store::Segment {
   public:
    MemorySegment(MemoryFiles* files, std::string path, int64_t base_offset,
                  const std::string& content)
        : MemorySegment(files, std::move(path), base_offset, content,
                        Memory(static_cast<char*>(std::malloc(content.size())))) {}

    Status Sync(int64_t from, int64_t end) override {
      FUZZ_CHECK(base_offset_ <= from && from <= end && end <= end_offset());
      return Status::Ok();
    }
    Status CutAt(int64_t offset) override {
      FUZZ_CHECK(base_offset_ <= offset && offset <= end_offset());
      std::memset(At(offset), 0, static_cast<size_t>(end_offset() - offset));
      return Status::Ok();
    }
    int64_t NextData(int64_t from) const override { return from; }
    Status Unlink() override { return files_->Remove(path_); }

   protected:
    Status ReserveMore(int64_t from, int64_t end, int64_t) override {
      FUZZ_CHECK(base_offset_ <= from && from <= end && end <= end_offset());
      return Status::Ok();
    }

   private:
    MemorySegment(MemoryFiles* files, std::string path, int64_t base_offset,
                  const std::string& content, Memory memory)
        : Segment(std::move(path), base_offset, static_cast<int64_t>(content.size()), memory.get()),
          files_(files),
          memory_(std::move(memory)) {
      std::memcpy(data_, content.data(), content.size());
    }

    MemoryFiles* const files_;
    const Memory memory_;
  };

  MemoryFiles files_;
};

}  // namespace rewindmq::fuzz
