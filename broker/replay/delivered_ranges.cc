#include "broker/replay/delivered_ranges.h"

#include <algorithm>

namespace rewindmq::broker {

DeliveredRanges::DeliveredRanges(const std::vector<Range>& kept) {
  for (const Range& range : kept) {
    bool fits = range.first >= 0 && range.end > range.first && range.count > 0 &&
                range.count <= range.end - range.first &&
                (ranges_.empty() || range.first > ranges_.back().end) &&
                ranges_.size() < kMaxRanges;
    if (fits) ranges_.push_back(range);
  }
}

void DeliveredRanges::Add(int64_t offset) {
  if (!ranges_.empty() && ranges_.back().end == offset) {
    ++ranges_.back().end;
    ++ranges_.back().count;
    return;
  }
  auto after = std::upper_bound(ranges_.begin(), ranges_.end(), offset,
                                [](int64_t at, const Range& range) { return at < range.first; });
  if (after != ranges_.begin() && std::prev(after)->end > offset) {
    Range& within = *std::prev(after);
    within.count = std::min(within.count + 1, within.end - within.first);
    return;
  }
  auto added = ranges_.insert(after, Range{offset, offset + 1, 1});
  auto at = static_cast<size_t>(added - ranges_.begin());
  if (at + 1 < ranges_.size() && ranges_[at].end == ranges_[at + 1].first) Join(at);
  if (at > 0 && ranges_[at - 1].end == ranges_[at].first) Join(at - 1);
  if (ranges_.size() > kMaxRanges) Shrink();
}

// This one and the next.
void DeliveredRanges::Join(size_t at) {
  ranges_[at].end = ranges_[at + 1].end;
  ranges_[at].count += ranges_[at + 1].count;
  ranges_.erase(ranges_.begin() + static_cast<std::ptrdiff_t>(at) + 1);
}

void DeliveredRanges::Shrink() {
  size_t nearest = 0;
  for (size_t i = 1; i + 1 < ranges_.size(); ++i) {
    int64_t gap = ranges_[i + 1].first - ranges_[i].end;
    if (gap < ranges_[nearest + 1].first - ranges_[nearest].end) nearest = i;
  }
  Join(nearest);
}

int64_t DeliveredRanges::CountFrom(int64_t offset) const {
  int64_t count = 0;
  for (const Range& range : ranges_) {
    if (range.end <= offset) continue;
    count += std::min(range.count, range.end - std::max(range.first, offset));
  }
  return count;
}

void DeliveredRanges::ForgetBelow(int64_t offset) {
  auto kept = std::find_if(ranges_.begin(), ranges_.end(),
                           [offset](const Range& range) { return range.end > offset; });
  ranges_.erase(ranges_.begin(), kept);
}

}  // namespace rewindmq::broker
