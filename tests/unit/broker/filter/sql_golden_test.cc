// Selectors that Java's own classes compiled and evaluated: ours must say the same.

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "broker/filter/sql_matcher.h"
#include "broker/filter/sql_parser.h"
#include "common/base/file.h"

namespace rewindmq::broker {
namespace {

std::vector<std::string> SplitAt(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string Outcome(const std::string& selector, const std::string& properties) {
  auto compiled = ParseSql(selector);
  if (!compiled.ok()) return "error";
  switch (SqlMatcher(*compiled).Evaluate(properties)) {
    case SqlOutcome::kTrue:
      return "true";
    case SqlOutcome::kFalse:
      return "false";
    case SqlOutcome::kUnknown:
      return "null";
    case SqlOutcome::kThrown:
      return "throws";
  }
  return "";
}

TEST(SqlGoldenTest, SaysWhatJavaSays) {
  auto text = ReadFile(std::string(REWIND_GOLDEN_DIR) + "/5.5.0/sql92.txt");
  ASSERT_TRUE(text.ok()) << text.status().ToString();
  std::map<std::string, int> seen;
  for (const std::string& line : SplitAt(*text, '\n')) {
    if (line.empty()) continue;
    std::vector<std::string> parts = SplitAt(line, '\t');
    ASSERT_GE(parts.size(), 2U) << line;
    std::string selector = parts[1];
    for (size_t at = selector.find("\\n"); at != selector.npos; at = selector.find("\\n")) {
      selector.replace(at, 2, "\n");
    }
    std::string properties;
    for (size_t i = 2; i < parts.size(); ++i) {
      size_t colon = parts[i].find(':');
      properties += parts[i].substr(0, colon) + '\1' + parts[i].substr(colon + 1) + '\2';
    }
    EXPECT_EQ(Outcome(selector, properties), parts[0]) << line;
    ++seen[parts[0]];
  }
  for (const char* outcome : {"true", "false", "null", "throws", "error"}) {
    EXPECT_GE(seen[outcome], 100) << outcome;
  }
}

}  // namespace
}  // namespace rewindmq::broker
