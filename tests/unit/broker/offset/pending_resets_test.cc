#include "broker/offset/pending_resets.h"

#include <gtest/gtest.h>

namespace rewindmq::broker {
namespace {

constexpr int64_t kNowMs = 1'700'000'000'000;

const PendingResets::Drop kNone = [](const auto&, const auto&, int32_t) { return false; };

TEST(PendingResetsTest, ReadsBackWhatItHasWritten) {
  PendingResets resets;
  resets.Assign("T@G", {{0, 3}, {1, 4}}, 1);
  resets.AssignMember("T@B", "10.0.0.1@a\"b", {{0, 5}}, kNowMs, 1);
  EXPECT_TRUE(resets.Follow("T@G", {}, 0, kNowMs));
  auto read = PendingResets::Decode(resets.Encode());
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_TRUE(read->Find("T@G", {}, 0)->followed);
  EXPECT_FALSE(read->Find("T@G", {}, 1)->followed);
  EXPECT_EQ(read->Find("T@G", {}, 1)->offset, 4);
  EXPECT_EQ(read->Find("T@B", "10.0.0.1@a\"b", 0)->offset, 5);
  EXPECT_FALSE(read->Find("T@B", {}, 0)) << "of that member only";
  EXPECT_EQ(read->Encode(), resets.Encode());
}

TEST(PendingResetsTest, ReadsFilesFromBeforeThereWereMembers) {
  auto read = PendingResets::Decode("{\n\t\"offsetTable\":{\n\t\t\"T@G\":{0:3}\n\t}\n}");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->Find("T@G", {}, 0)->offset, 3);
}

TEST(PendingResetsTest, DamagedFilesAreErrors) {
  EXPECT_FALSE(PendingResets::Decode("{\"memberTable\":{\"T@G\":3}}").ok());
  EXPECT_FALSE(
      PendingResets::Decode("{\"memberTable\":{\"T@G\":{\"c\":{\"offsets\":{0:\"x\"}}}}}").ok());
  EXPECT_FALSE(PendingResets::Decode("{\"offsetTable\":{\"T@G\":{\"x\":3}}}").ok());
}

TEST(PendingResetsTest, EachMemberFollowsByItself) {
  PendingResets resets;
  for (const char* id : {"a", "b", "c", "d"}) resets.AssignMember("T@G", id, {{0, 3}}, kNowMs, 1);
  EXPECT_TRUE(resets.Follow("T@G", "b", 0, kNowMs));
  EXPECT_FALSE(resets.Follow("T@G", "b", 0, kNowMs));
  EXPECT_FALSE(resets.Find("T@G", "b", 0));
  for (const char* id : {"a", "c", "d"}) EXPECT_EQ(resets.Find("T@G", id, 0)->offset, 3) << id;
}

TEST(PendingResetsTest, AGroupFollowsOnceAndIsRememberedUntilItsTime) {
  PendingResets resets;
  resets.Assign("T@G", {{0, 3}, {1, 3}}, 1);
  EXPECT_TRUE(resets.Follow("T@G", {}, 0, kNowMs));
  EXPECT_FALSE(resets.Follow("T@G", {}, 0, kNowMs + 1)) << "the first one decides";
  EXPECT_EQ(resets.Targets(), (OffsetsByKey{{"T@G", {{1, 3}}}}));
  EXPECT_EQ(resets.ForgetIf(kNone, kNowMs), 1U);
  EXPECT_FALSE(resets.Find("T@G", {}, 0));
  EXPECT_EQ(resets.ForgetIf(kNone, INT64_MAX), 0U) << "what is not followed waits";
}

TEST(PendingResetsTest, MembersThatDoNotComeBackExpire) {
  PendingResets resets;
  resets.AssignMember("T@G", "gone", {{0, 3}, {1, 3}}, kNowMs, 1);
  resets.AssignMember("T@G", "later", {{0, 3}}, kNowMs + 1, 1);
  resets.Assign("T@C", {{0, 3}}, 1);
  EXPECT_EQ(resets.ForgetIf(kNone, kNowMs - 1), 0U);
  EXPECT_EQ(resets.ForgetIf(kNone, kNowMs), 2U);
  EXPECT_EQ(resets.Find("T@G", "later", 0)->offset, 3);
  EXPECT_EQ(resets.Find("T@C", {}, 0)->offset, 3)
      << "a group's reset waits for as long as it takes";
}

TEST(PendingResetsTest, QueuesThatAreGoneAreForgotten) {
  PendingResets resets;
  resets.Assign("T@G", {{0, 3}, {3, 3}}, 1);
  resets.AssignMember("T@B", "a", {{3, 3}}, kNowMs, 1);
  auto shrunk = [](const std::string& topic, const std::string&, int32_t queue_id) {
    return topic == "T" && queue_id >= 2;
  };
  EXPECT_EQ(resets.ForgetIf(shrunk, 0), 2U);
  EXPECT_EQ(resets.FindAll("T@G", {}).size(), 1U);
  EXPECT_TRUE(resets.FindAll("T@B", "a").empty());
}

}  // namespace
}  // namespace rewindmq::broker
