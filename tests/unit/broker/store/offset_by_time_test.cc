#include "broker/store/offset_by_time.h"

#include <gtest/gtest.h>

#include <random>
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

TEST(OffsetByTimeTest, NearestTakesTheCloserNeighbour) {
  std::vector<int64_t> times = {10, 20, 20, 30, 40};
  EXPECT_EQ(Search(times, 20, Boundary::kNearest), 1) << "exact: the first of the run";
  EXPECT_EQ(Search(times, 21, Boundary::kNearest), 2);
  EXPECT_EQ(Search(times, 19, Boundary::kNearest), 1);
  EXPECT_EQ(Search(times, 25, Boundary::kNearest), 2) << "as near: the earlier one";
  EXPECT_EQ(Search(times, 26, Boundary::kNearest), 3);
  EXPECT_EQ(Search(times, 9, Boundary::kNearest, 5), 5);
  EXPECT_EQ(Search(times, 41, Boundary::kNearest, 5), 9) << "never the end of the queue";
  EXPECT_EQ(Search({}, 10, Boundary::kNearest, 4), 4);
}

// One run of equal times for each batch, all three answers, one millisecond around each.
TEST(OffsetByTimeTest, BatchesAreMetAtTheirFirstMessage) {
  std::vector<int64_t> times;
  for (int batch = 0; batch < 5; ++batch) times.insert(times.end(), 100, 1000 + batch * 10);
  for (int64_t batch = 0; batch < 5; ++batch) {
    int64_t time = 1000 + batch * 10;
    int64_t first = batch * 100;
    EXPECT_EQ(Search(times, time, Boundary::kLower), first);
    EXPECT_EQ(Search(times, time - 1, Boundary::kLower), first);
    EXPECT_EQ(Search(times, time + 1, Boundary::kLower), first + 100);
    EXPECT_EQ(Search(times, time, Boundary::kNearest), first);
    EXPECT_EQ(Search(times, time - 1, Boundary::kNearest), first);
    EXPECT_EQ(Search(times, time + 1, Boundary::kNearest), first + 99);
  }
}

TEST(OffsetByTimeTest, AnEmptyQueueAnswersItsEnd) {
  EXPECT_EQ(Search({}, 10, Boundary::kLower, 4), 4);
  EXPECT_EQ(Search({}, 10, Boundary::kUpper, 4), 4);
}

// A cold store pays for every read with a page fault.
TEST(OffsetByTimeTest, NeedsAHandfulOfReads) {
  constexpr int64_t kMessages = 125'000;
  std::mt19937_64 random(7);
  std::vector<int64_t> times;
  int64_t time = 1'700'000'000'000;
  for (int64_t i = 0; i < kMessages; ++i)
    times.push_back(time += static_cast<int64_t>(random() % 9));
  int64_t reads = 0;
  int64_t most = 0;
  constexpr int64_t kSearches = 1000;
  for (int64_t i = 0; i < kSearches; ++i) {
    int64_t wanted = times.front() +
                     static_cast<int64_t>(random() % static_cast<uint64_t>(time - times.front()));
    int64_t before = reads;
    SearchOffsetByTime(0, kMessages, wanted, Boundary::kLower, [&](int64_t offset) {
      ++reads;
      return times[static_cast<size_t>(offset)];
    });
    most = std::max(most, reads - before);
  }
  EXPECT_LE(reads, 10 * kSearches);
  EXPECT_LE(most, 20);
}

// Bursts, gaps and a time of 0 in front of everything mislead the guesses, and cost little.
TEST(OffsetByTimeTest, NoQueueIsSlow) {
  std::vector<int64_t> times(100'000, 5);
  times.front() = 0;
  std::fill(times.begin() + 99'000, times.end(), int64_t{1} << 60);
  for (int64_t wanted : {int64_t{1}, int64_t{5}, int64_t{6}, int64_t{1} << 59, int64_t{1} << 60}) {
    int reads = 0;
    SearchOffsetByTime(0, 100'000, wanted, Boundary::kLower, [&](int64_t offset) {
      ++reads;
      return times[static_cast<size_t>(offset)];
    });
    EXPECT_LE(reads, 2 * 17 + 2) << wanted;
  }
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
      int64_t nearest = 0;
      for (int i = 1; i < length; ++i) {
        auto distance = [&](int64_t at) { return std::abs(times[static_cast<size_t>(at)] - t); };
        // Behind the time only what is nearer takes over; before it, what is as near as well.
        bool before = times[static_cast<size_t>(i)] < t;
        if (distance(i) < distance(nearest) || (before && distance(i) == distance(nearest))) {
          nearest = i;
        }
      }
      EXPECT_EQ(Search(times, t, Boundary::kNearest), nearest) << length << " " << t;
    }
  }
}

}  // namespace
}  // namespace rewindmq::store
