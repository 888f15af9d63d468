#include "broker/store/offset_by_time.h"

#include <gtest/gtest.h>

#include <vector>

namespace rewindmq::store {
namespace {

// Times of the messages from `min` on.
int64_t Search(const std::vector<int64_t>& times, int64_t timestamp_ms, Boundary boundary,
               int64_t min = 0) {
  return SearchOffsetByTime(
      min, min + static_cast<int64_t>(times.size()), timestamp_ms, boundary,
      [&](int64_t offset) { return times.at(static_cast<size_t>(offset - min)); });
}

TEST(OffsetByTimeTest, EqualTimesGiveTheEndsOfTheRun) {
  std::vector<int64_t> times = {10, 20, 20, 20, 30};
  EXPECT_EQ(Search(times, 20, Boundary::kLower), 1);
  EXPECT_EQ(Search(times, 20, Boundary::kUpper), 3);
}

TEST(OffsetByTimeTest, BetweenTwoTimes) {
  std::vector<int64_t> times = {10, 20, 30};
  EXPECT_EQ(Search(times, 21, Boundary::kLower), 2);
  EXPECT_EQ(Search(times, 29, Boundary::kUpper), 1);
}

TEST(OffsetByTimeTest, BeforeTheFirstAndAfterTheLast) {
  std::vector<int64_t> times = {10, 20, 30};
  EXPECT_EQ(Search(times, 9, Boundary::kLower, 5), 5);
  EXPECT_EQ(Search(times, 9, Boundary::kUpper, 5), 5);
  EXPECT_EQ(Search(times, 31, Boundary::kLower, 5), 8);
  EXPECT_EQ(Search(times, 31, Boundary::kUpper, 5), 7);
}

TEST(OffsetByTimeTest, AnEmptyQueueAnswersItsEnd) {
  EXPECT_EQ(Search({}, 10, Boundary::kLower, 4), 4);
  EXPECT_EQ(Search({}, 10, Boundary::kUpper, 4), 4);
}

// Against a walk from the front, for every length up to 40 and every time.
TEST(OffsetByTimeTest, AgreesWithALinearSearch) {
  for (int length = 1; length <= 40; ++length) {
    std::vector<int64_t> times;
    for (int i = 0; i < length; ++i) times.push_back((i * 7 % 3) + i / 3 * 4);
    for (size_t i = 1; i < times.size(); ++i) times[i] = std::max(times[i], times[i - 1]);
    for (int64_t t = -1; t <= times.back() + 1; ++t) {
      int64_t lower = 0;
      while (lower < length && times[static_cast<size_t>(lower)] < t) ++lower;
      int64_t upper = length - 1;
      while (upper > 0 && times[static_cast<size_t>(upper)] > t) --upper;
      EXPECT_EQ(Search(times, t, Boundary::kLower), lower) << length << " " << t;
      EXPECT_EQ(Search(times, t, Boundary::kUpper), upper) << length << " " << t;
    }
  }
}

}  // namespace
}  // namespace rewindmq::store
