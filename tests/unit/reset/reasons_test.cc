// docs/resets.md explains every reason of rows and of conditions, and no other.

#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "common/base/file_system.h"

namespace rewindmq::reset {
namespace {

std::set<std::string> Find(const std::string& file, const char* pattern) {
  const std::string root = std::string(REWIND_GOLDEN_DIR) + "/../../";
  const std::string text = RealFileSystem().Read(root + file, 1U << 20).value();
  const std::regex words(pattern);
  std::set<std::string> found;
  for (std::sregex_iterator it(text.begin(), text.end(), words), end; it != end; ++it) {
    found.insert((*it)[1]);
  }
  return found;
}

TEST(ReasonsTest, EachIsExplained) {
  constexpr const char* kConstant = "string_view k\\w+ = \"([A-Za-z]+)\";";
  std::set<std::string> reasons = Find("reset/table.h", kConstant);
  EXPECT_GT(reasons.size(), 25U);
  std::set<std::string> of_conditions = Find("operator/reconcile/reasons.h", kConstant);
  EXPECT_GT(of_conditions.size(), 5U);
  reasons.merge(of_conditions);
  EXPECT_TRUE(of_conditions.empty()) << "one word, two meanings: " << *of_conditions.begin();
  EXPECT_EQ(reasons, Find("docs/resets.md", "\n\\| `([A-Z][A-Za-z]+)` \\|"));
}

}  // namespace
}  // namespace rewindmq::reset
