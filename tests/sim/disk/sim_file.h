#pragma once
// The content of one file of the simulated disk, twice: what the process sees (its memory image,
// which a mapped segment writes to without any call) and what the disk is sure to have.
//
// A crash mixes the two: each 4 KiB page that differs is kept, dropped, or torn by 512-byte
// sectors, as the random numbers say. A truncation is atomic, as ext4 journals it; a new size that
// was not synced may be kept, dropped, or be somewhere in between.
// Thread safety: none; the SimDisk locks.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/disk/random.h"

namespace rewindmq::sim {

inline constexpr size_t kPageBytes = 4096;
inline constexpr size_t kSectorBytes = 512;

// What power loss makes of pages that were not synced; chosen once a crash, so that the extremes
// come up too.
enum class CrashStyle : uint8_t { kEachPage, kKeepAll, kDropAll };

class SimFile {
 public:
  using Memory = std::shared_ptr<std::vector<char>>;

  std::string_view content() const { return {memory_->data(), memory_->size()}; }
  std::string_view durable() const { return {durable_.data(), durable_.size()}; }

  void WriteAt(size_t position, std::string_view bytes);
  void Truncate(size_t bytes);
  // Grows to `bytes` and gives out the memory itself, whose address stays until the next crash.
  Memory Map(size_t bytes);
  const Memory& memory() const { return memory_; }

  // Whether power loss would take nothing from the content; zeros at its end do not count.
  bool IsSynced() const;

  // Of whole pages.
  void Sync(size_t from, size_t end);
  void SyncAll() { Sync(0, memory_->size()); }
  // As Linux does when the disk reports an error: the pages count as clean from now on, so that a
  // second try succeeds without writing them.
  void LoseDirty(size_t from, size_t end);
  // What the kernel does on its own: some pages reach the disk in the state they are in now.
  void WriteBackSome(Random* random);

  // The process is gone, the page cache is not: who still holds the memory writes to nowhere.
  void Detach();
  // Power is gone: afterwards the memory image is what the disk kept.
  void Crash(Random* random, CrashStyle style);

  // Blocks that were reserved, as a position.
  size_t reserved() const { return reserved_; }
  void Reserve(size_t end) { reserved_ = std::max(reserved_, end); }
  size_t blocks_bytes() const;

 private:
  void Grow(size_t bytes);
  bool IsDirty(size_t page) const;
  bool IsLost(size_t page) const;
  std::vector<char> CrashBase(bool cut_happened) const;
  size_t CrashSize(size_t base_bytes, Random* random, CrashStyle style) const;
  void Overlay(size_t page, Random* random, CrashStyle style, std::vector<char>* image) const;

  Memory memory_ = std::make_shared<std::vector<char>>();
  std::vector<char> durable_;
  std::optional<size_t> cut_;           // the smallest size since the last whole sync
  std::map<size_t, std::string> lost_;  // pages of a failed sync, as they were then
  size_t reserved_ = 0;
  bool mapped_ = false;
};

}  // namespace rewindmq::sim
