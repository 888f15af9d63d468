#include "tests/sim/disk/sim_file.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace rewindmq::sim {
namespace {

// Bytes of a page, without what lies behind the end.
std::string_view PageOf(const std::vector<char>& bytes, size_t page) {
  size_t from = page * kPageBytes;
  if (from >= bytes.size()) return {};
  return {bytes.data() + from, std::min(kPageBytes, bytes.size() - from)};
}

bool AreZeros(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0; });
}

// What lies behind an end reads as zeros.
bool SameBytes(std::string_view a, std::string_view b) {
  size_t common = std::min(a.size(), b.size());
  return a.substr(0, common) == b.substr(0, common) && AreZeros(a.substr(common)) &&
         AreZeros(b.substr(common));
}

size_t PagesOf(size_t bytes) { return (bytes + kPageBytes - 1) / kPageBytes; }

}  // namespace

void SimFile::Grow(size_t bytes) {
  if (bytes <= memory_->size()) return;
  // Whoever mapped it would be left with memory that is gone.
  if (mapped_ && bytes > memory_->capacity()) std::abort();
  memory_->resize(bytes);
}

void SimFile::WriteAt(size_t position, std::string_view bytes) {
  Grow(position + bytes.size());
  Reserve(position + bytes.size());
  bytes.copy(memory_->data() + position, bytes.size());  // memcpy may not be given an empty file
}

void SimFile::Truncate(size_t bytes) {
  if (bytes >= memory_->size()) return Grow(bytes);
  cut_ = std::min(cut_.value_or(bytes), bytes);
  reserved_ = std::min(reserved_, bytes);
  // The memory stays where it is: a mapped segment gets its size back right after.
  std::fill(memory_->begin() + static_cast<std::ptrdiff_t>(bytes), memory_->end(), '\0');
  memory_->resize(bytes);
}

SimFile::Memory SimFile::Map(size_t bytes) {
  Grow(bytes);
  mapped_ = true;
  return memory_;
}

bool SimFile::IsLost(size_t page) const {
  auto lost = lost_.find(page);
  return lost != lost_.end() && SameBytes(PageOf(*memory_, page), lost->second);
}

bool SimFile::IsDirty(size_t page) const {
  return !SameBytes(PageOf(*memory_, page), PageOf(durable_, page));
}

bool SimFile::IsSynced() const { return SameBytes(content(), durable()); }

void SimFile::Sync(size_t from, size_t end) {
  // Any fsync commits the truncation that came before it, and the size.
  if (cut_.has_value()) durable_ = CrashBase(/*cut_happened=*/true);
  cut_.reset();
  durable_.resize(memory_->size());
  for (size_t page = from / kPageBytes; page < PagesOf(std::min(end, memory_->size())); ++page) {
    if (IsLost(page)) continue;
    lost_.erase(page);
    std::string_view bytes = PageOf(*memory_, page);
    std::memcpy(durable_.data() + page * kPageBytes, bytes.data(), bytes.size());
  }
}

void SimFile::LoseDirty(size_t from, size_t end) {
  for (size_t page = from / kPageBytes; page < PagesOf(std::min(end, memory_->size())); ++page) {
    if (IsDirty(page)) lost_[page] = std::string(PageOf(*memory_, page));
  }
}

void SimFile::WriteBackSome(Random* random) {
  // Truncations wait for the journal, and the pages behind them with it.
  if (cut_.has_value()) return;
  for (size_t page = 0; page < PagesOf(memory_->size()); ++page) {
    if (!IsDirty(page) || IsLost(page) || random->OneIn(2)) continue;
    std::string_view bytes = PageOf(*memory_, page);
    durable_.resize(std::max(durable_.size(), page * kPageBytes + bytes.size()));
    std::memcpy(durable_.data() + page * kPageBytes, bytes.data(), bytes.size());
  }
}

void SimFile::Detach() {
  memory_ = std::make_shared<std::vector<char>>(*memory_);
  mapped_ = false;
}

std::vector<char> SimFile::CrashBase(bool cut_happened) const {
  std::vector<char> base = durable_;
  if (cut_happened && *cut_ < base.size()) base.resize(*cut_);
  return base;
}

size_t SimFile::CrashSize(size_t base_bytes, Random* random, CrashStyle style) const {
  if (memory_->size() <= base_bytes || style == CrashStyle::kDropAll) return base_bytes;
  if (style == CrashStyle::kKeepAll || random->OneIn(2)) return memory_->size();
  size_t between = base_bytes + random->Below(memory_->size() - base_bytes + 1);
  return random->OneIn(2) ? base_bytes : between / kPageBytes * kPageBytes;
}

void SimFile::Overlay(size_t page, Random* random, CrashStyle style,
                      std::vector<char>* image) const {
  if (IsLost(page) || style == CrashStyle::kDropAll) return;
  std::string_view bytes = PageOf(*memory_, page);
  uint64_t fate = style == CrashStyle::kKeepAll ? 0 : random->Below(3);
  for (size_t from = 0; from < bytes.size() && fate != 1; from += kSectorBytes) {
    if (fate == 2 && random->OneIn(2)) continue;
    size_t at = page * kPageBytes + from;
    if (at >= image->size()) return;
    size_t count = std::min({kSectorBytes, bytes.size() - from, image->size() - at});
    std::memcpy(image->data() + at, bytes.data() + from, count);
  }
}

void SimFile::Crash(Random* random, CrashStyle style) {
  bool cut_happened = cut_.has_value() && style != CrashStyle::kDropAll &&
                      (style == CrashStyle::kKeepAll || random->OneIn(2));
  std::vector<char> image = CrashBase(cut_happened);
  // What was written behind a truncation lies in blocks that only the truncation's commit names.
  size_t pages = PagesOf(memory_->size());
  if (cut_.has_value() && !cut_happened) {
    pages = std::min(pages, *cut_ / kPageBytes);
  } else {
    image.resize(std::max(image.size(), CrashSize(image.size(), random, style)));
  }
  for (size_t page = 0; page < pages; ++page) {
    if (!SameBytes(PageOf(*memory_, page), PageOf(image, page))) {
      Overlay(page, random, style, &image);
    }
  }
  durable_ = image;
  memory_ = std::make_shared<std::vector<char>>(std::move(image));
  cut_.reset();
  lost_.clear();
  mapped_ = false;
  reserved_ = std::min(reserved_, memory_->size());
}

size_t SimFile::blocks_bytes() const { return PagesOf(reserved_) * kPageBytes; }

}  // namespace rewindmq::sim
