#include "common/base/time_format.h"

#include <gtest/gtest.h>

namespace rewindmq {
namespace {

TEST(TimeFormat, RoundTripsRfc3339) {
  EXPECT_EQ(FormatRfc3339(1767323045678), "2026-01-02T03:04:05Z");
  EXPECT_EQ(FormatRfc3339(1767323045678, true), "2026-01-02T03:04:05.678Z");
  EXPECT_EQ(*ParseRfc3339("2026-01-02T03:04:05Z"), 1767323045000);
  EXPECT_EQ(*ParseRfc3339("2026-01-02T03:04:05.6789Z"), 1767323045678);
  EXPECT_EQ(*ParseRfc3339("2026-01-02T11:04:05+08:00"), 1767323045000);
}

TEST(TimeFormat, RefusesWhatIsNotATime) {
  for (const char* text :
       {"", "yesterday", "2026-01-02", "2026-01-02T03:04:05", "2026-02-30T00:00:00Z",
        "2026-01-02T25:00:00Z", "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05+8:00"}) {
    Result<int64_t> parsed = ParseRfc3339(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_NE(parsed.status().message().find("'" + std::string(text) + "'"), std::string::npos);
  }
}

TEST(TimeFormat, ReadsMqadminTimestamps) {
  EXPECT_EQ(*ParseAdminTimestamp("now", 42), 42);
  EXPECT_EQ(*ParseAdminTimestamp("1700000000000", 0), 1700000000000);
  EXPECT_EQ(*ParseAdminTimestamp("-1", 0), -1);
  EXPECT_TRUE(ParseAdminTimestamp("2026-01-02#03:04:05:678", 0).ok());
  EXPECT_EQ(*ParseAdminTimestamp("2026-01-02#03:04:05:678", 0) % 1000, 678);
  EXPECT_FALSE(ParseAdminTimestamp("soon", 0).ok());
}

}  // namespace
}  // namespace rewindmq
