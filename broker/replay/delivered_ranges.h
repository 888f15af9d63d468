#pragma once
// Where in one retry queue a replay's copies lie, so that it can be said how many of them the group
// has not committed: runs of neighbouring offsets, at most kMaxRanges. When retries of others lie
// in between so often that there would be more, the two nearest runs become one that knows only how
// many copies it holds. So the answer is exact, except while the group's offset is inside of such a
// run; then it is too high by no more than the others' messages in it. Not thread-safe.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rewindmq::broker {

class DeliveredRanges {
 public:
  static constexpr size_t kMaxRanges = 128;
  struct Range {
    int64_t first = 0;
    int64_t end = 0;    // behind the last one
    int64_t count = 0;  // of copies in between
    bool operator==(const Range&) const = default;
  };

  DeliveredRanges() = default;
  // As they were kept on disk: in order, each with 1 to `end - first` copies, or they are left out.
  explicit DeliveredRanges(const std::vector<Range>& kept);

  void Add(int64_t offset);
  int64_t CountFrom(int64_t offset) const;
  // Of what lies below, nothing needs to be known any more.
  void ForgetBelow(int64_t offset);
  const std::vector<Range>& ranges() const { return ranges_; }
  bool operator==(const DeliveredRanges&) const = default;

 private:
  void Join(size_t at);
  void Shrink();

  std::vector<Range> ranges_;  // in order, none touches the next
};

}  // namespace rewindmq::broker
