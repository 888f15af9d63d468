#pragma once
// A compiled message selector: nodes that name each other by index, children before parents
// (org.apache.rocketmq.filter.expression). Made by ParseSql, evaluated by SqlMatcher.
// Thread safety: immutable once made; any number of matchers may share it.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rewindmq::broker {

// What selectors may be at most; Java knows no limits and can be brought down by long ones.
inline constexpr size_t kMaxSqlBytes = 32 * 1024;
inline constexpr int32_t kMaxSqlDepth = 200;

// Java's classes of values: Integer and Long differ in which strings can be compared with them.
enum class SqlKind : uint8_t { kNull, kBoolean, kInt, kLong, kDouble, kString };

struct SqlValue {
  SqlKind kind = SqlKind::kNull;
  int64_t integer = 0;  // of kInt, kLong; 0 or 1 of kBoolean
  double real = 0;      // of kDouble
  std::string_view text;

  bool is_number() const {
    return kind == SqlKind::kInt || kind == SqlKind::kLong || kind == SqlKind::kDouble;
  }
};

enum class SqlOp : uint8_t {
  kConstant,
  kProperty,
  kNegate,
  kNot,
  kBooleanCast,  // a property where a condition is wanted: never true, as in Java
  kAnd,
  kOr,
  kEqual,
  kGreater,
  kGreaterEqual,
  kLess,
  kLessEqual,
  kBetween,
  kIn,
  kContains,
  kStartsWith,
  kEndsWith,
};

struct SqlNode {
  SqlOp op = SqlOp::kConstant;
  bool negated = false;            // NOT BETWEEN, NOT IN, NOT CONTAINS, …
  int32_t depth = 1;               // of the tree below and with this node
  std::vector<int32_t> operands;   // indexes of nodes
  int32_t name = -1;               // of kProperty: index into names
  SqlValue constant;               // of kConstant; a string's text is texts[0]
  std::vector<std::string> texts;  // sorted for kIn
};

struct SqlExpression {
  std::vector<SqlNode> nodes;
  int32_t root = -1;
  std::vector<std::string> names;  // of the properties it asks for, each once
};

}  // namespace rewindmq::broker
