#include "broker/store/offset_by_time.h"

#include <algorithm>

namespace rewindmq::store {

int64_t SearchOffsetByTime(int64_t min_offset, int64_t max_offset, int64_t timestamp_ms,
                           Boundary boundary, const std::function<int64_t(int64_t)>& time_at) {
  if (min_offset >= max_offset) return max_offset;
  auto is_behind = [&](int64_t offset) {
    int64_t time = time_at(offset);
    return boundary == Boundary::kLower ? time >= timestamp_ms : time > timestamp_ms;
  };
  int64_t low = min_offset;
  int64_t high = max_offset;
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    if (is_behind(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return boundary == Boundary::kLower ? low : std::max(min_offset, low - 1);
}

}  // namespace rewindmq::store
