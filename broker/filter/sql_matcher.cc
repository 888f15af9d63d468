#include "broker/filter/sql_matcher.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "broker/filter/sql_number.h"

namespace rewindmq::broker {
namespace {

SqlValue Truth(bool truth) {
  SqlValue value;
  value.kind = SqlKind::kBoolean;
  value.integer = truth ? 1 : 0;
  return value;
}

bool IsTrue(const SqlValue& value) { return value.kind == SqlKind::kBoolean && value.integer == 1; }
bool IsFalse(const SqlValue& value) {
  return value.kind == SqlKind::kBoolean && value.integer == 0;
}

template <typename T>
int Sign(T a, T b) {
  return a < b ? -1 : (b < a ? 1 : 0);
}

// Double.compareTo: NaN equals itself and is the greatest, -0.0 is less than 0.0.
int CompareReal(double a, double b) {
  if (a < b) return -1;
  if (a > b) return 1;
  bool a_nan = std::isnan(a);
  bool b_nan = std::isnan(b);
  if (a_nan || b_nan) return Sign(a_nan, b_nan);
  return Sign(!std::signbit(a), !std::signbit(b));
}

double RealOf(const SqlValue& number) {
  return number.kind == SqlKind::kDouble ? number.real : static_cast<double>(number.integer);
}

// A string as a value of the class of `other`; empty where Java throws.
std::optional<SqlValue> Converted(std::string_view text, SqlKind kind) {
  SqlValue value;
  value.kind = kind;
  if (kind == SqlKind::kDouble) {
    std::optional<double> real = JavaDouble(text);
    if (!real) return std::nullopt;
    value.real = *real;
  } else {
    std::optional<int64_t> integer = JavaLong(text);
    if (!integer || (kind == SqlKind::kInt && !JavaInt(text))) return std::nullopt;
    value.integer = *integer;
  }
  return value;
}

bool IsTrueText(std::string_view text) {
  constexpr std::string_view kTrue = "true";
  return std::equal(text.begin(), text.end(), kTrue.begin(), kTrue.end(),
                    [](char a, char b) { return (a | 0x20) == b && a != '\0'; });
}

// ComparisonExpression.__compare of two values that are not null; empty where Java throws.
std::optional<int> Compare(SqlValue left, SqlValue right) {
  if (left.kind == SqlKind::kString && right.kind == SqlKind::kString) {
    return Sign(left.text, right.text);
  }
  if (left.kind == SqlKind::kBoolean && right.kind == SqlKind::kBoolean) {
    return Sign(left.integer, right.integer);
  }
  if (left.kind == SqlKind::kBoolean) {
    if (right.kind == SqlKind::kString) return std::nullopt;  // a failing cast in Java
    return -1;
  }
  if (right.kind == SqlKind::kBoolean) {
    if (left.kind != SqlKind::kString) return -1;
    return Sign<int64_t>(IsTrueText(left.text) ? 1 : 0, right.integer);
  }
  for (auto [text, number] : {std::pair(&left, &right), std::pair(&right, &left)}) {
    if (text->kind != SqlKind::kString) continue;
    std::optional<SqlValue> converted = Converted(text->text, number->kind);
    if (!converted) return std::nullopt;
    *text = *converted;
  }
  if (left.kind == SqlKind::kDouble || right.kind == SqlKind::kDouble) {
    return CompareReal(RealOf(left), RealOf(right));
  }
  return Sign(left.integer, right.integer);
}

// The same for < <= > >=, which read two strings as numbers.
std::optional<int> CompareOrder(const SqlValue& left, const SqlValue& right) {
  if (left.kind != SqlKind::kString || right.kind != SqlKind::kString) return Compare(left, right);
  std::optional<double> a = JavaDouble(left.text);
  std::optional<double> b = JavaDouble(right.text);
  if (!a || !b) return std::nullopt;
  return CompareReal(*a, *b);
}

bool Holds(SqlOp op, int order) {
  switch (op) {
    case SqlOp::kGreater:
      return order > 0;
    case SqlOp::kGreaterEqual:
      return order >= 0;
    case SqlOp::kLess:
      return order < 0;
    default:
      return order <= 0;
  }
}

// In linear time whatever the texts are, unlike string_view::find.
bool Contains(std::string_view text, std::string_view part) {
  return ::memmem(text.data(), text.size(), part.data(), part.size()) != nullptr;
}

}  // namespace

SqlMatcher::SqlMatcher(std::shared_ptr<const SqlExpression> expression)
    : expression_(std::move(expression)), found_(expression_->names.size()) {
  for (size_t i = 0; i < expression_->names.size(); ++i) {
    wanted_.emplace_back(expression_->names[i], i);
  }
  std::sort(wanted_.begin(), wanted_.end());
}

void SqlMatcher::FindProperties(std::string_view properties) {
  std::fill(found_.begin(), found_.end(), std::string_view());
  while (!properties.empty()) {
    std::string_view pair = properties.substr(0, properties.find('\2'));
    properties.remove_prefix(std::min(pair.size() + 1, properties.size()));
    size_t name_end = pair.find('\1');
    if (name_end == pair.npos) continue;
    std::string_view name = pair.substr(0, name_end);
    std::string_view value = pair.substr(name_end + 1);
    if (value.empty()) continue;
    auto it =
        std::lower_bound(wanted_.begin(), wanted_.end(), name,
                         [](const auto& one, std::string_view key) { return one.first < key; });
    if (it != wanted_.end() && it->first == name) found_[it->second] = value;
  }
}

SqlOutcome SqlMatcher::Evaluate(std::string_view properties) {
  FindProperties(properties);
  SqlValue value;
  if (!Value(expression_->root, &value)) return SqlOutcome::kThrown;
  if (IsTrue(value)) return SqlOutcome::kTrue;
  return IsFalse(value) ? SqlOutcome::kFalse : SqlOutcome::kUnknown;
}

bool SqlMatcher::Value(int32_t index, SqlValue* value) const {
  const SqlNode& node = expression_->nodes[static_cast<size_t>(index)];
  *value = SqlValue();
  switch (node.op) {
    case SqlOp::kConstant:
      *value = node.constant;
      if (value->kind == SqlKind::kString) value->text = node.texts[0];
      return true;
    case SqlOp::kProperty:
      value->text = found_[static_cast<size_t>(node.name)];
      if (!value->text.empty()) value->kind = SqlKind::kString;
      return true;
    case SqlOp::kNegate:
      if (!Value(node.operands[0], value)) return false;
      if (!value->is_number()) *value = SqlValue();
      value->integer = -value->integer;
      value->real = -value->real;
      return true;
    case SqlOp::kNot:
      if (!Value(node.operands[0], value)) return false;
      if (value->kind == SqlKind::kBoolean) *value = Truth(!IsTrue(*value));
      return true;
    case SqlOp::kBooleanCast:
      if (!Value(node.operands[0], value)) return false;
      if (value->kind != SqlKind::kNull) *value = Truth(false);
      return true;
    case SqlOp::kAnd:
    case SqlOp::kOr:
      return Logic(node, value);
    case SqlOp::kEqual:
      return Equal(node, value);
    case SqlOp::kBetween:
      return Between(node, value);
    case SqlOp::kIn:
    case SqlOp::kContains:
    case SqlOp::kStartsWith:
    case SqlOp::kEndsWith:
      return Text(node, value);
    default:
      return Ordered(node, value);
  }
}

// Left to right, ending at the first operand that decides.
bool SqlMatcher::Logic(const SqlNode& node, SqlValue* value) const {
  const bool deciding = node.op == SqlOp::kOr;
  bool unknown = false;
  for (int32_t operand : node.operands) {
    if (!Value(operand, value)) return false;
    if (deciding ? IsTrue(*value) : IsFalse(*value)) return true;
    if (value->kind == SqlKind::kNull) unknown = true;
  }
  *value = unknown ? SqlValue() : Truth(!deciding);
  return true;
}

bool SqlMatcher::Equal(const SqlNode& node, SqlValue* value) const {
  SqlValue left;
  SqlValue right;
  if (!Value(node.operands[0], &left) || !Value(node.operands[1], &right)) return false;
  bool left_null = left.kind == SqlKind::kNull;
  bool right_null = right.kind == SqlKind::kNull;
  if (left_null || right_null) {
    if (left_null == right_null) {
      *value = Truth(true);
    } else {
      *value = left_null ? SqlValue() : Truth(false);
    }
    return true;
  }
  std::optional<int> order = Compare(left, right);
  if (!order) return false;
  *value = Truth(*order == 0);
  return true;
}

bool SqlMatcher::Ordered(const SqlNode& node, SqlValue* value) const {
  SqlValue left;
  SqlValue right;
  *value = SqlValue();
  if (!Value(node.operands[0], &left)) return false;
  if (left.kind == SqlKind::kNull) return true;
  if (!Value(node.operands[1], &right)) return false;
  if (right.kind == SqlKind::kNull) return true;
  std::optional<int> order = CompareOrder(left, right);
  if (!order) return false;
  *value = Truth(Holds(node.op, *order));
  return true;
}

// value >= low AND value <= high, or with NOT: value < low OR value > high; the value only once, or
// nested ones would take exponential time.
bool SqlMatcher::Between(const SqlNode& node, SqlValue* value) const {
  SqlValue inside;
  if (!Value(node.operands[0], &inside)) return false;
  *value = SqlValue();
  if (inside.kind == SqlKind::kNull) return true;
  const SqlOp ops[] = {node.negated ? SqlOp::kLess : SqlOp::kGreaterEqual,
                       node.negated ? SqlOp::kGreater : SqlOp::kLessEqual};
  bool unknown = false;
  for (size_t i = 0; i < 2; ++i) {
    SqlValue limit;
    if (!Value(node.operands[i + 1], &limit)) return false;
    if (limit.kind == SqlKind::kNull) {
      unknown = true;
      continue;
    }
    std::optional<int> order = CompareOrder(inside, limit);
    if (!order) return false;
    if (Holds(ops[i], *order) == node.negated) {
      *value = Truth(node.negated);
      return true;
    }
  }
  if (!unknown) *value = Truth(!node.negated);
  return true;
}

bool SqlMatcher::Text(const SqlNode& node, SqlValue* value) const {
  if (node.op != SqlOp::kIn && node.texts[0].empty()) {
    *value = Truth(false);  // with NOT too
    return true;
  }
  SqlValue subject;
  if (!Value(node.operands[0], &subject)) return false;
  bool is_text = subject.kind == SqlKind::kString;
  if (node.op == SqlOp::kIn) {
    if (is_text) {
      bool in = std::binary_search(node.texts.begin(), node.texts.end(), subject.text);
      *value = Truth(in != node.negated);
    }
    return true;
  }
  const std::string& part = node.texts[0];
  if (!is_text) {
    *value = Truth(false);  // with NOT too
    return true;
  }
  bool holds = false;
  if (node.op == SqlOp::kContains) {
    holds = Contains(subject.text, part);
  } else if (node.op == SqlOp::kStartsWith) {
    holds = subject.text.substr(0, part.size()) == part;
  } else {
    holds = subject.text.size() >= part.size() &&
            subject.text.substr(subject.text.size() - part.size()) == part;
  }
  *value = Truth(holds != node.negated);
  return true;
}

}  // namespace rewindmq::broker
