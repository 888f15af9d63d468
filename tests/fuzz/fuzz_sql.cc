// Selectors: any text compiles or is refused, and what compiles can be evaluated over any
// properties, twice with the same outcome. Input: length of the properties, they, the selector.

#include "broker/filter/sql_matcher.h"
#include "broker/filter/sql_parser.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace rewindmq;
  std::string_view input = fuzz::ViewOf(data, size);
  size_t properties_bytes = std::min<size_t>(fuzz::TakeByte(&input), input.size());
  fuzz::ExactBytes properties(input.substr(0, properties_bytes));
  fuzz::ExactBytes selector(input.substr(properties_bytes));
  auto compiled = broker::ParseSql(selector.view());
  if (!compiled.ok()) {
    FUZZ_CHECK(!compiled.status().message().empty());
    return 0;
  }
  const broker::SqlExpression& expression = **compiled;
  FUZZ_CHECK(expression.root >= 0);
  FUZZ_CHECK(static_cast<size_t>(expression.root) < expression.nodes.size());
  for (const broker::SqlNode& node : expression.nodes) {
    FUZZ_CHECK(node.depth <= broker::kMaxSqlDepth);
    for (int32_t operand : node.operands) FUZZ_CHECK(operand < expression.root || operand == 0);
  }
  broker::SqlMatcher matcher(*compiled);
  broker::SqlOutcome outcome = matcher.Evaluate(properties.view());
  matcher.Evaluate("");
  FUZZ_CHECK(matcher.Evaluate(properties.view()) == outcome);
  return 0;
}
