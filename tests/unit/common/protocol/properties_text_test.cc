#include "common/protocol/properties_text.h"

#include <gtest/gtest.h>

namespace rewindmq::protocol {
namespace {

using Pairs = std::vector<std::pair<std::string_view, std::string_view>>;

// Adjacent literals keep an escape from swallowing the letter behind it.
constexpr std::string_view kThree =
    "KEYS\x01"
    "K0\x02"
    "WAIT\x01"
    "true\x02"
    "TAGS\x01"
    "TagA\x02";
constexpr std::string_view kUnfinished =
    "KEYS\x01"
    "K0\x02"
    "TAGS\x01"
    "TagA";

TEST(MessageProperties, AreFoundWithAndWithoutTheLastSeparator) {
  EXPECT_EQ(FindProperty(kThree, "TAGS"), "TagA");
  EXPECT_EQ(FindProperty(kUnfinished, "TAGS"), "TagA");
  EXPECT_EQ(FindProperty(kThree, "KEYS"), "K0");
  EXPECT_EQ(FindProperty(kThree, "KEY"), std::nullopt);
  EXPECT_EQ(FindProperty(kThree, "K0"), std::nullopt);
  EXPECT_EQ(FindProperty("", "TAGS"), std::nullopt);
}

TEST(MessageProperties, BrokenPairsAreLeftOut) {
  EXPECT_EQ(ParseProperties("\x02\x02"
                            "a\x01\x02"
                            "\x01v\x02"
                            "alone\x02"
                            "k\x01v\x02"),
            (Pairs{{"k", "v"}}));
  EXPECT_EQ(FindProperty("a\x01\x02", "a"), std::nullopt);
  // Only the first separator splits.
  EXPECT_EQ(ParseProperties("k\x01v\x01w"), (Pairs{{"k", "v\x01w"}}));
}

TEST(MessageProperties, AreBuiltSetAndRemoved) {
  EXPECT_EQ(BuildProperties({{"KEYS", "K0"}, {"WAIT", "true"}, {"TAGS", "TagA"}}), kThree);
  std::string text(kUnfinished);
  SetProperty("TAGS", "B", &text);
  EXPECT_EQ(text,
            "KEYS\x01"
            "K0\x02"
            "TAGS\x01"
            "B\x02");
  SetProperty("NEW", "n", &text);
  EXPECT_EQ(FindProperty(text, "NEW"), "n");
  EXPECT_TRUE(RemoveProperty("KEYS", &text));
  EXPECT_FALSE(RemoveProperty("KEYS", &text));
  EXPECT_EQ(ParseProperties(text), (Pairs{{"TAGS", "B"}, {"NEW", "n"}}));
}

TEST(JavaProperties, AreReadAsJavaReadsThem) {
  const char text[] =
      "# comment\r\n! another\n\n a = 1 \nb:2\nc 3\nd\\=e=f=g\npath=C\\:\\\\x\nempty=\r\n";
  std::map<std::string, std::string> expected = {{"a", "1"},     {"b", "2"},        {"c", "3"},
                                                 {"d=e", "f=g"}, {"path", "C:\\x"}, {"empty", ""}};
  EXPECT_EQ(*DecodeJavaProperties(text), expected);
  EXPECT_FALSE(DecodeJavaProperties("=1").ok());
  EXPECT_TRUE(DecodeJavaProperties("")->empty());
}

TEST(JavaProperties, AValueCannotForgeALine) {
  EXPECT_EQ(EncodeJavaProperties({{"a", "1\nb=2"}, {"c", ""}}), "a=1 b=2\nc=\n");
}

}  // namespace
}  // namespace rewindmq::protocol
