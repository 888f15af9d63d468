#include "broker/transaction/open_halves.h"

#include <gtest/gtest.h>

#include "common/protocol/properties_text.h"

namespace rewindmq::broker {
namespace {

constexpr int64_t kNowMs = 1'700'000'000'000;
constexpr int64_t kTimeoutMs = 6000;

CheckRules Rules() { return {kNowMs, kTimeoutMs, 15, 72LL * 3600 * 1000}; }

// Stored when it was born.
HalfMessage Half(int64_t offset, int64_t age_ms) {
  HalfMessage half;
  half.queue_offset = offset;
  half.message.topic = kHalfTopic;
  half.message.born_timestamp_ms = kNowMs - age_ms;
  half.message.store_timestamp_ms = kNowMs - std::max<int64_t>(age_ms, 1);
  return half;
}
HalfMessage With(HalfMessage half, std::string_view key, std::string_view value) {
  protocol::SetProperty(key, value, &half.message.properties);
  return half;
}

TEST(OpLedgerTest, KnowsWhichHalvesAreOver) {
  OpLedger ops(0, 0);
  ops.Add(0, 1, {3});
  ops.Add(1, 1, {4, 7});
  EXPECT_TRUE(ops.IsOver(3) && ops.IsOver(4) && ops.IsOver(7));
  EXPECT_FALSE(ops.IsOver(5));
}

TEST(OpLedgerTest, AnOpIsNeededUntilAllItsHalvesAreWalkedOver) {
  OpLedger ops(10, 3);
  ops.Add(10, 1, {3});
  ops.Add(11, 1, {9, 4});
  ops.Add(12, 1, {5});
  EXPECT_EQ(ops.NextOpOffset(3, kNowMs), 10);
  EXPECT_EQ(ops.NextOpOffset(4, kNowMs), 11);
  EXPECT_EQ(ops.NextOpOffset(9, kNowMs), 11);
  EXPECT_EQ(ops.NextOpOffset(10, kNowMs), 13);
}

TEST(OpLedgerTest, AnOpWithoutHalvesIsNotNeeded) {
  OpLedger ops(10, 3);
  ops.Add(10, 1, {});
  EXPECT_EQ(ops.NextOpOffset(3, kNowMs), 11);
}

TEST(OpLedgerTest, AnOpOfAnOlderHalfIsNeededUntilItsCopiesAreWalkedOver) {
  OpLedger ops(0, 100);
  ops.Add(0, kNowMs, {42});
  EXPECT_EQ(ops.NextOpOffset(200, kNowMs), 0);
  EXPECT_EQ(ops.NextOpOffset(200, kNowMs + kMaxCheckRoundMs + 1), 1);
}

TEST(FateTest, AnEndedHalfIsOver) {
  OpLedger ops(0, 0);
  ops.Add(0, 1, {5});
  EXPECT_EQ(FateOf(Half(5, 10'000), ops, Rules()), HalfFate::kOver);
  EXPECT_EQ(FateOf(Half(6, 10'000), ops, Rules()), HalfFate::kAsk);
}

TEST(FateTest, ACopyIsOverWithTheHalfThatItsProducerKnows) {
  OpLedger ops(0, 0);
  ops.Add(0, 1, {5});
  EXPECT_EQ(FateOf(With(Half(9, 10'000), kPropertyPreparedOffset, "5"), ops, Rules()),
            HalfFate::kOver);
  EXPECT_EQ(FateOf(With(Half(9, 10'000), kPropertyPreparedOffset, "6"), ops, Rules()),
            HalfFate::kAsk);
}

TEST(FateTest, YoungOnesWait) {
  OpLedger ops(0, 0);
  EXPECT_EQ(FateOf(Half(0, kTimeoutMs), ops, Rules()), HalfFate::kTooYoung);
  EXPECT_EQ(FateOf(Half(0, kTimeoutMs + 1), ops, Rules()), HalfFate::kAsk);
  HalfMessage stored_now = Half(0, 10'000);
  stored_now.message.store_timestamp_ms = kNowMs;
  EXPECT_EQ(FateOf(stored_now, ops, Rules()), HalfFate::kTooYoung);
  EXPECT_EQ(FateOf(Half(0, -5000), ops, Rules()), HalfFate::kAsk);  // born in the future
}

TEST(FateTest, ProducersMayWantMoreTime) {
  OpLedger ops(0, 0);
  auto fate = [&](int64_t age_ms, std::string_view seconds) {
    return FateOf(With(Half(0, age_ms), kPropertyImmunitySec, seconds), ops, Rules());
  };
  EXPECT_EQ(fate(20'000, "30"), HalfFate::kDefer);
  EXPECT_EQ(fate(30'001, "30"), HalfFate::kAsk);
  EXPECT_EQ(fate(kTimeoutMs, "soon"), HalfFate::kDefer);
  EXPECT_EQ(fate(kTimeoutMs + 1, "soon"), HalfFate::kAsk);
  EXPECT_EQ(fate(20'000, "9223372036854775807"), HalfFate::kDefer);
}

TEST(FateTest, TooOftenOrTooOldIsGivenUp) {
  OpLedger ops(0, 0);
  EXPECT_EQ(FateOf(With(Half(0, 10'000), kPropertyCheckTimes, "14"), ops, Rules()), HalfFate::kAsk);
  EXPECT_EQ(FateOf(With(Half(0, 10'000), kPropertyCheckTimes, "15"), ops, Rules()),
            HalfFate::kDiscard);
  EXPECT_EQ(FateOf(Half(0, Rules().keep_ms + 1), ops, Rules()), HalfFate::kDiscard);
  EXPECT_EQ(FateOf(With(Half(0, 10'000), kPropertyCheckTimes, "many"), ops, Rules()),
            HalfFate::kAsk);
}

TEST(OpMessageTest, BothFormsOfItsBodyAreRead) {
  EXPECT_EQ(HalvesOfOp("12"), (std::vector<int64_t>{12}));
  EXPECT_EQ(HalvesOfOp("12,13,20,"), (std::vector<int64_t>{12, 13, 20}));
  EXPECT_EQ(HalvesOfOp(""), std::vector<int64_t>());
  EXPECT_EQ(HalvesOfOp("x,-1,99999999999999999999,7"), (std::vector<int64_t>{7}));
}

}  // namespace
}  // namespace rewindmq::broker
