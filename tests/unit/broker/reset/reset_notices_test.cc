#include "broker/reset/reset_notices.h"

#include <gtest/gtest.h>

namespace rewindmq::broker {
namespace {

using Kind = PullStep::Kind;
using Client = ResetNotices::Client;

constexpr ResetPlace kTarget = {3, false, 1};
constexpr int64_t kOld = 10;
constexpr int64_t kStartMs = 1'000'000;

Client Member(ResetTold how, uint64_t connection = 1) { return {"G", "T", connection, how}; }

TEST(ResetNoticesTest, AClientAtWorkOnANoticeIsNotAlsoAnswered21) {
  ResetNotices notices;
  Client client = Member(ResetTold::kByMapBody);
  ASSERT_TRUE(notices.Tell(client, kStartMs));
  EXPECT_EQ(notices.OnPull(client, 0, kOld, kTarget, kStartMs + 1).kind, Kind::kWait);
  EXPECT_EQ(notices.OnPull(client, 0, kTarget.offset, kTarget, kStartMs + 10'050).kind,
            Kind::kFollowed);
}

TEST(ResetNoticesTest, WhoMissesItsNoticeLearnsByItsPull) {
  ResetNotices notices;
  Client client = Member(ResetTold::kByMapBody);
  notices.Tell(client, kStartMs);
  int64_t late_ms = kStartMs + ResetNotices::kFollowsWithinMs + 1;
  EXPECT_EQ(notices.OnPull(client, 0, kOld, kTarget, late_ms).kind, Kind::kMoved);
  EXPECT_EQ(notices.OnPull(client, 1, kOld, kTarget, late_ms).kind, Kind::kMoved)
      << "one way for all its queues, not a notice beside a 21";
}

// After a restart of the broker, and for members that have come since.
TEST(ResetNoticesTest, WhoWasNotToldIsToldAtItsPull) {
  ResetNotices notices;
  Client client = Member(ResetTold::kByMapBody);
  EXPECT_EQ(notices.OnPull(client, 0, kOld, kTarget, kStartMs).kind, Kind::kNotice);
  EXPECT_EQ(notices.OnPull(client, 1, kOld, kTarget, kStartMs + 1).kind, Kind::kWait);
  EXPECT_EQ(notices.OnPull(client, 0, kTarget.offset, kTarget, kStartMs + 10'050).kind,
            Kind::kFollowed);
}

// Java before 4.9.0 does not synchronise: a second notice in its 10 s leaves two pull loops behind.
TEST(ResetNoticesTest, AFurtherNoticeWaitsUntilTheClientIsOverWithTheFirst) {
  ResetNotices notices;
  Client client = Member(ResetTold::kByMapBody);
  ASSERT_TRUE(notices.Tell(client, kStartMs));
  EXPECT_FALSE(notices.Tell(client, kStartMs + 3000));
  EXPECT_FALSE(notices.Tell(client, kStartMs + 7000));
  PullStep step = notices.OnPull(client, 0, kOld, kTarget, kStartMs + 10'100);
  EXPECT_EQ(step.kind, Kind::kWait);
  EXPECT_EQ(step.wait_ms, 1400) << "and is asked again as soon as that is sure";
  EXPECT_EQ(notices.OnPull(client, 0, kOld, kTarget, kStartMs + 11'500).kind, Kind::kNotice);
  EXPECT_EQ(notices.OnPull(client, 1, kOld, kTarget, kStartMs + 11'501).kind, Kind::kWait)
      << "one notice for all queues";
}

TEST(ResetNoticesTest, OneClientHoldsNobodyElseUp) {
  ResetNotices notices;
  notices.Tell(Member(ResetTold::kByMapBody, 1), kStartMs);
  EXPECT_EQ(notices.OnPull(Member(ResetTold::kAtNextPull, 2), 0, kOld, kTarget, kStartMs).kind,
            Kind::kMoved);
  EXPECT_TRUE(notices.Tell(Member(ResetTold::kByListBody, 3), kStartMs));
}

// The C++ client sleeps for 10 ms only.
TEST(ResetNoticesTest, ACppClientMayBeToldAgainAtItsNextPull) {
  ResetNotices notices;
  Client client = Member(ResetTold::kByListBody);
  ASSERT_TRUE(notices.Tell(client, kStartMs));
  EXPECT_FALSE(notices.Tell(client, kStartMs + 1));
  EXPECT_EQ(notices.OnPull(client, 0, kOld, kTarget, kStartMs + 2).kind, Kind::kNotice);
}

TEST(ResetNoticesTest, ARedirectedMemberIsOverWhenItIsBackWhereItWas) {
  ResetNotices notices;
  Client client = Member(ResetTold::kByRedirect);
  EXPECT_FALSE(notices.Tell(client, kStartMs));
  auto pull = [&](int64_t offset, int64_t target = kTarget.offset) {
    return notices.OnPull(client, 0, offset, {target}, kStartMs).kind;
  };
  EXPECT_EQ(pull(kOld), Kind::kRedirect);
  EXPECT_EQ(pull(kTarget.offset), Kind::kServe);
  EXPECT_EQ(pull(7), Kind::kServe);
  EXPECT_EQ(pull(7, 5), Kind::kRedirect) << "another reset on its way";
  EXPECT_EQ(pull(5, 5), Kind::kServe);
  EXPECT_EQ(pull(kOld, 5), Kind::kFollowed);
}

// It starts anew from its own file, which still names the old place.
TEST(ResetNoticesTest, ARedirectedMemberThatStartsAnewIsSentBackAgain) {
  ResetNotices notices;
  Client before = Member(ResetTold::kByRedirect, 1);
  Client after = Member(ResetTold::kByRedirect, 2);
  EXPECT_EQ(notices.OnPull(before, 0, kOld, kTarget, kStartMs).kind, Kind::kRedirect);
  EXPECT_EQ(notices.OnPull(before, 0, kTarget.offset, kTarget, kStartMs).kind, Kind::kServe);
  EXPECT_EQ(notices.OnPull(after, 0, kOld, kTarget, kStartMs).kind, Kind::kRedirect);
}

TEST(ResetNoticesTest, ARedirectForwardIsOverAtOnce) {
  ResetNotices notices;
  Client client = Member(ResetTold::kByRedirect);
  EXPECT_EQ(notices.OnPull(client, 0, 2, {8}, kStartMs).kind, Kind::kRedirect);
  EXPECT_EQ(notices.OnPull(client, 0, 8, {8}, kStartMs).kind, Kind::kFollowed);
}

// Two members may take one queue for their own while the group shares its queues anew.
TEST(ResetNoticesTest, EveryClientHasToFollowByItself) {
  ResetNotices notices;
  Client first = Member(ResetTold::kAtNextPull, 1);
  Client second = Member(ResetTold::kAtNextPull, 2);
  ResetPlace followed = {7, true, kTarget.order};
  auto pull = [&](const Client& client, int64_t offset, const ResetPlace& place) {
    return notices.OnPull(client, 0, offset, place, kStartMs).kind;
  };
  EXPECT_EQ(pull(first, kTarget.offset, kTarget), Kind::kFollowed);
  EXPECT_EQ(pull(first, 9, followed), Kind::kServe) << "it is ahead of what is committed";
  EXPECT_EQ(pull(second, kOld, followed), Kind::kMoved);
  EXPECT_FALSE(notices.Knows(second, 0, followed));
  followed.offset = 8;
  EXPECT_EQ(pull(second, 7, followed), Kind::kFollowed)
      << "where it was sent, though others are on";
  EXPECT_TRUE(notices.Knows(second, 0, followed));
  EXPECT_EQ(pull(second, kOld, followed), Kind::kServe);
  ResetPlace again = {3, false, 2};
  EXPECT_FALSE(notices.Knows(second, 0, again)) << "of a later one it knows nothing";
  EXPECT_EQ(pull(second, 7, again), Kind::kMoved) << "and what the former named is void";
}

TEST(ResetNoticesTest, WhoAsksForItsOffsetKnowsWhenItPullsFromThere) {
  ResetNotices notices;
  Client client = Member(ResetTold::kByMapBody);
  notices.Named(client, 0, kTarget, kStartMs);
  EXPECT_FALSE(notices.Knows(client, 0, kTarget)) << "it may have asked for something else";
  EXPECT_FALSE(notices.HasPulled(client));
  ResetPlace later = {5, true, kTarget.order};
  EXPECT_EQ(notices.OnPull(client, 0, kTarget.offset, later, kStartMs).kind, Kind::kFollowed);
  EXPECT_TRUE(notices.HasPulled(client));
  notices.ForgetSilent(kStartMs + ResetNotices::kForgetMs + 1);
  EXPECT_FALSE(notices.HasPulled(client));
}

}  // namespace
}  // namespace rewindmq::broker
