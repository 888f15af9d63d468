#include "broker/filter/sql_parser.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "broker/filter/sql_matcher.h"

namespace rewindmq::broker {
namespace {

bool Matches(const std::string& selector, const std::string& properties) {
  auto compiled = ParseSql(selector);
  EXPECT_TRUE(compiled.ok()) << selector << ": " << compiled.status().ToString();
  return compiled.ok() && SqlMatcher(*compiled).Matches(properties);
}

std::string ErrorOf(const std::string& selector) {
  auto compiled = ParseSql(selector);
  EXPECT_FALSE(compiled.ok()) << selector;
  return compiled.ok() ? "" : compiled.status().message();
}

TEST(SqlParserTest, ErrorsSayWhatIsWrongAndWhere) {
  EXPECT_EQ(ErrorOf("a ! 1"), "'!' at position 3 is not allowed here");
  EXPECT_EQ(ErrorOf("a = 'x"), "the string at position 5 has no closing quote");
  EXPECT_EQ(ErrorOf("a >"), "expected a value instead of the end at position 4");
  EXPECT_EQ(ErrorOf("a IN ('x' 'y')"), "expected ',' or ')' instead of ''y'' at position 11");
  EXPECT_EQ(ErrorOf("a NOT LIKE 'x'"), "NOT cannot be followed by 'LIKE' at position 7");
  EXPECT_NE(ErrorOf("a > 99999999999999999999").find("too large"), std::string::npos);
  EXPECT_NE(ErrorOf("a BETWEEN 5 AND 1").find("lower value first"), std::string::npos);
  EXPECT_NE(ErrorOf("a > 'x'").find("by order"), std::string::npos);
  EXPECT_NE(ErrorOf("a = NULL").find("IS NULL"), std::string::npos);
  EXPECT_FALSE(ErrorOf("").empty());
}

TEST(SqlParserTest, LongAndDeepSelectorsAreRefused) {
  EXPECT_NE(ErrorOf(std::string(kMaxSqlBytes + 1, ' ')).find("bytes"), std::string::npos);
  for (const char* opening : {"(", "NOT ", "- ", "+ "}) {
    std::string deep;
    for (int i = 0; i < 3000; ++i) deep += opening;
    EXPECT_NE(ErrorOf(deep + "a").find("nested deeper"), std::string::npos) << opening;
  }
  std::string chain = "a";
  for (int i = 0; i < 3000; ++i) chain += "=a";
  EXPECT_NE(ErrorOf(chain).find("nested deeper"), std::string::npos);
}

TEST(SqlParserTest, ManyConditionsInARowAreNotDeep) {
  std::string any = "a = '0'";
  for (int i = 1; i < 2000; ++i) any += " OR a = '" + std::to_string(i) + "'";
  EXPECT_TRUE(Matches(any,
                      "a\x01"
                      "1999\x02"));
  EXPECT_FALSE(Matches(any,
                       "a\x01"
                       "2000\x02"));
}

TEST(SqlParserTest, NestedBetweensAreEvaluatedInLinearTime) {
  std::string nested = "a";
  for (int i = 0; i < 60; ++i) nested = "-(" + nested + " BETWEEN 1 AND 2)";
  auto compiled = ParseSql("a IS NULL OR " + nested + " IS NULL");
  ASSERT_TRUE(compiled.ok()) << compiled.status().ToString();
  SqlMatcher matcher(*compiled);
  EXPECT_EQ(matcher.Evaluate("a\x01"
                             "1\x02"),
            SqlOutcome::kTrue);
}

TEST(SqlMatcherTest, ReadsPropertiesAsTheyAreStored) {
  EXPECT_TRUE(Matches("a = 'x'", "a\x01x"));  // no end behind the last one
  EXPECT_TRUE(Matches("a = 'y'",
                      "a\x01x\x02"
                      "a\x01y\x02"));  // the last value counts
  EXPECT_TRUE(Matches("a IS NULL",
                      "b\x01x\x02"
                      "a\x01\x02"
                      "a\x02"));  // no value, no separator
  EXPECT_FALSE(Matches("a > 1", ""));
}

}  // namespace
}  // namespace rewindmq::broker
