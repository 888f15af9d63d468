#include "broker/filter/sql_parser.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "broker/filter/sql_lexer.h"
#include "broker/filter/sql_number.h"

namespace rewindmq::broker {
namespace {

using Index = Result<int32_t>;

Status Bad(const SqlTokenAt& at, const std::string& why) {
  return {ErrorCode::kInvalidArgument, why + " at position " + std::to_string(at.position)};
}

std::string Shown(const SqlTokenAt& token) {
  return token.token == SqlToken::kEnd ? "the end" : "'" + std::string(token.text) + "'";
}

std::optional<SqlOp> OrderOp(SqlToken token) {
  switch (token) {
    case SqlToken::kGreater:
      return SqlOp::kGreater;
    case SqlToken::kGreaterEqual:
      return SqlOp::kGreaterEqual;
    case SqlToken::kLess:
      return SqlOp::kLess;
    case SqlToken::kLessEqual:
      return SqlOp::kLessEqual;
    default:
      return std::nullopt;
  }
}

std::optional<SqlOp> WordOp(SqlToken token) {
  switch (token) {
    case SqlToken::kContains:
      return SqlOp::kContains;
    case SqlToken::kStartsWith:
      return SqlOp::kStartsWith;
    case SqlToken::kEndsWith:
      return SqlOp::kEndsWith;
    case SqlToken::kIn:
      return SqlOp::kIn;
    case SqlToken::kBetween:
      return SqlOp::kBetween;
    default:
      return std::nullopt;
  }
}

class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) {}

  Result<std::shared_ptr<const SqlExpression>> Parse() {
    REWIND_TRY(Advance());
    REWIND_TRY_ASSIGN(int32_t whole, Or());
    REWIND_TRY_ASSIGN(expression_.root, AsCondition(whole));
    return std::make_shared<const SqlExpression>(std::move(expression_));
  }

 private:
  Status Advance() {
    REWIND_TRY_ASSIGN(next_, lexer_.Next());
    return Status::Ok();
  }
  bool Is(SqlToken token) const { return next_.token == token; }
  Status Expect(SqlToken token, const char* name) {
    if (!Is(token))
      return Bad(next_, std::string("expected ") + name + " instead of " + Shown(next_));
    return Advance();
  }

  const SqlNode& At(int32_t index) const { return expression_.nodes[static_cast<size_t>(index)]; }
  Index Add(SqlNode node) {
    for (int32_t operand : node.operands) node.depth = std::max(node.depth, At(operand).depth + 1);
    if (node.depth > kMaxSqlDepth) return TooDeep();
    expression_.nodes.push_back(std::move(node));
    return static_cast<int32_t>(expression_.nodes.size() - 1);
  }
  Index Add(SqlOp op, std::vector<int32_t> operands, bool negated = false) {
    SqlNode node;
    node.op = op;
    node.negated = negated;
    node.operands = std::move(operands);
    return Add(std::move(node));
  }
  Status TooDeep() const {
    return Bad(next_, "the expression is nested deeper than " + std::to_string(kMaxSqlDepth));
  }

  bool IsConstant(int32_t index) const { return At(index).op == SqlOp::kConstant; }
  // Java's BooleanExpression; TRUE, FALSE and NULL are conditions too.
  bool IsCondition(int32_t index) const {
    const SqlNode& node = At(index);
    if (node.op == SqlOp::kConstant) {
      return node.constant.kind == SqlKind::kBoolean || node.constant.kind == SqlKind::kNull;
    }
    return node.op != SqlOp::kProperty && node.op != SqlOp::kNegate;
  }
  Index AsCondition(int32_t index) {
    if (IsCondition(index)) return index;
    if (At(index).op == SqlOp::kProperty) return Add(SqlOp::kBooleanCast, {index});
    return Bad(next_, "what ends before this is not a condition,");
  }
  Status CheckOrdered(int32_t index) const {
    bool number = IsConstant(index) && At(index).constant.is_number();
    if (number || (!IsConstant(index) && !IsCondition(index))) return Status::Ok();
    return Bad(next_, "only numbers and properties can be compared by order, which was not so");
  }

  Index Joined(Index (Parser::*part)(), SqlToken token, SqlOp op) {
    REWIND_TRY_ASSIGN(int32_t left, (this->*part)());
    if (!Is(token)) return left;
    std::vector<int32_t> operands;
    REWIND_TRY_ASSIGN(left, AsCondition(left));
    operands.push_back(left);
    while (Is(token)) {
      REWIND_TRY(Advance());
      REWIND_TRY_ASSIGN(int32_t right, (this->*part)());
      REWIND_TRY_ASSIGN(right, AsCondition(right));
      operands.push_back(right);
    }
    return Add(op, std::move(operands));
  }
  Index Or() { return Joined(&Parser::And, SqlToken::kOr, SqlOp::kOr); }
  Index And() { return Joined(&Parser::Equality, SqlToken::kAnd, SqlOp::kAnd); }

  Index Equality() {
    REWIND_TRY_ASSIGN(int32_t left, Comparison());
    while (true) {
      bool negated = Is(SqlToken::kNotEqual);
      if (Is(SqlToken::kIs)) {
        REWIND_TRY_ASSIGN(left, IsNull(left));
      } else if (negated || Is(SqlToken::kEqual)) {
        REWIND_TRY(Advance());
        REWIND_TRY_ASSIGN(int32_t right, Comparison());
        REWIND_TRY_ASSIGN(left, Equal(left, right, negated));
      } else {
        return left;
      }
    }
  }

  Index Equal(int32_t left, int32_t right, bool negated) {
    for (int32_t side : {left, right}) {
      if (IsConstant(side) && At(side).constant.kind == SqlKind::kNull) {
        return Bad(next_, "nothing equals NULL, use IS NULL; the comparison ends");
      }
    }
    if (IsConstant(left) && IsConstant(right) && IsCondition(left) && !IsCondition(right)) {
      return Bad(next_, "TRUE and FALSE cannot be compared with this; the comparison ends");
    }
    REWIND_TRY_ASSIGN(int32_t equal, Add(SqlOp::kEqual, {left, right}));
    return negated ? Add(SqlOp::kNot, {equal}) : Index(equal);
  }

  Index IsNull(int32_t left) {
    REWIND_TRY(Advance());
    bool negated = Is(SqlToken::kNot);
    if (negated) REWIND_TRY(Advance());
    REWIND_TRY(Expect(SqlToken::kNull, "NULL"));
    REWIND_TRY_ASSIGN(int32_t null, Constant(SqlValue()));
    REWIND_TRY_ASSIGN(int32_t equal, Add(SqlOp::kEqual, {left, null}));
    return negated ? Add(SqlOp::kNot, {equal}) : Index(equal);
  }

  Index Comparison() {
    REWIND_TRY_ASSIGN(int32_t left, Unary());
    while (true) {
      if (std::optional<SqlOp> order = OrderOp(next_.token)) {
        REWIND_TRY(Advance());
        REWIND_TRY_ASSIGN(int32_t right, Unary());
        REWIND_TRY(CheckOrdered(left));
        REWIND_TRY(CheckOrdered(right));
        REWIND_TRY_ASSIGN(left, Add(*order, {left, right}));
        continue;
      }
      bool negated = Is(SqlToken::kNot);
      if (negated) REWIND_TRY(Advance());
      std::optional<SqlOp> word = WordOp(next_.token);
      if (!word && !negated) return left;
      if (!word) return Bad(next_, "NOT cannot be followed by " + Shown(next_));
      REWIND_TRY(Advance());
      if (*word == SqlOp::kBetween) {
        REWIND_TRY_ASSIGN(left, Between(left, negated));
      } else if (*word == SqlOp::kIn) {
        REWIND_TRY_ASSIGN(left, In(left, negated));
      } else {
        SqlNode node;
        node.op = *word;
        node.negated = negated;
        node.operands = {left};
        REWIND_TRY(TakeString(&node.texts));
        REWIND_TRY_ASSIGN(left, Add(std::move(node)));
      }
    }
  }

  Index Between(int32_t value, bool negated) {
    REWIND_TRY_ASSIGN(int32_t low, Unary());
    REWIND_TRY(Expect(SqlToken::kAnd, "AND"));
    REWIND_TRY_ASSIGN(int32_t high, Unary());
    for (int32_t side : {value, low, high}) REWIND_TRY(CheckOrdered(side));
    auto real = [](const SqlValue& number) {
      return number.kind == SqlKind::kDouble ? number.real : static_cast<double>(number.integer);
    };
    auto integers = [&](const SqlValue& a, const SqlValue& b) {
      return a.kind != SqlKind::kDouble && b.kind != SqlKind::kDouble;
    };
    if (!negated && IsConstant(low) && IsConstant(high)) {
      const SqlValue& from = At(low).constant;
      const SqlValue& to = At(high).constant;
      bool empty = integers(from, to) ? to.integer < from.integer : real(to) < real(from);
      if (empty) return Bad(next_, "BETWEEN wants the lower value first; its end is");
    }
    return Add(SqlOp::kBetween, {value, low, high}, negated);
  }

  Index In(int32_t left, bool negated) {
    if (At(left).op != SqlOp::kProperty) return Bad(next_, "IN wants a property before it,");
    REWIND_TRY(Expect(SqlToken::kOpen, "'('"));
    SqlNode node;
    node.op = SqlOp::kIn;
    node.negated = negated;
    node.operands = {left};
    REWIND_TRY(TakeString(&node.texts));
    while (Is(SqlToken::kComma)) {
      REWIND_TRY(Advance());
      REWIND_TRY(TakeString(&node.texts));
    }
    REWIND_TRY(Expect(SqlToken::kClose, "',' or ')'"));
    std::sort(node.texts.begin(), node.texts.end());
    return Add(std::move(node));
  }

  Status TakeString(std::vector<std::string>* texts) {
    std::string_view text = next_.text;
    REWIND_TRY(Expect(SqlToken::kString, "a 'string'"));
    texts->push_back(SqlStringValue(text));
    return Status::Ok();
  }

  Index Unary() {
    if (++open_ > kMaxSqlDepth) return TooDeep();
    Index value = UnaryInside();
    --open_;
    return value;
  }

  Index UnaryInside() {
    SqlTokenAt first = next_;
    switch (first.token) {
      case SqlToken::kPlus:
        REWIND_TRY(Advance());
        return Unary();
      case SqlToken::kMinus: {
        REWIND_TRY(Advance());
        REWIND_TRY_ASSIGN(int32_t value, Unary());
        return Add(SqlOp::kNegate, {value});
      }
      case SqlToken::kNot: {
        REWIND_TRY(Advance());
        REWIND_TRY_ASSIGN(int32_t value, Unary());
        REWIND_TRY_ASSIGN(value, AsCondition(value));
        return Add(SqlOp::kNot, {value});
      }
      case SqlToken::kOpen: {
        REWIND_TRY(Advance());
        REWIND_TRY_ASSIGN(int32_t value, Or());
        REWIND_TRY(Expect(SqlToken::kClose, "')'"));
        return value;
      }
      default:
        return Primary(first);
    }
  }

  Index Primary(const SqlTokenAt& token) {
    SqlValue value;
    switch (token.token) {
      case SqlToken::kName:
        REWIND_TRY(Advance());
        return Property(token.text);
      case SqlToken::kString: {
        SqlNode node;
        node.constant.kind = SqlKind::kString;
        REWIND_TRY(TakeString(&node.texts));
        return Add(std::move(node));
      }
      case SqlToken::kInteger: {
        REWIND_TRY_ASSIGN(value, IntegerOf(token));
        break;
      }
      case SqlToken::kReal:
        value.kind = SqlKind::kDouble;
        value.real = JavaDouble(token.text).value_or(0);
        // Java takes 0.0 for an underflow.
        if (value.real > std::numeric_limits<double>::max() || value.real <= 0) {
          return Bad(token, std::string(token.text) + " is too large or too small for a number,");
        }
        break;
      case SqlToken::kTrue:
      case SqlToken::kFalse:
        value.kind = SqlKind::kBoolean;
        value.integer = token.token == SqlToken::kTrue ? 1 : 0;
        break;
      case SqlToken::kNull:
        break;
      default:
        return Bad(token, "expected a value instead of " + Shown(token));
    }
    REWIND_TRY(Advance());
    return Constant(value);
  }

  Result<SqlValue> IntegerOf(const SqlTokenAt& token) const {
    std::string_view digits = token.text;
    if (digits.back() == 'l' || digits.back() == 'L') digits.remove_suffix(1);
    std::optional<int64_t> number = JavaLong(digits);
    if (!number) return Bad(token, std::string(token.text) + " is too large for a number,");
    SqlValue value;
    value.kind = *number <= std::numeric_limits<int32_t>::max() ? SqlKind::kInt : SqlKind::kLong;
    value.integer = *number;
    return value;
  }

  Index Constant(const SqlValue& value) {
    SqlNode node;
    node.constant = value;
    return Add(std::move(node));
  }

  Index Property(std::string_view name) {
    auto [it, added] = names_.try_emplace(std::string(name), 0);
    if (added) {
      it->second = static_cast<int32_t>(expression_.names.size());
      expression_.names.emplace_back(name);
    }
    SqlNode node;
    node.op = SqlOp::kProperty;
    node.name = it->second;
    return Add(std::move(node));
  }

  SqlLexer lexer_;
  SqlTokenAt next_;
  int32_t open_ = 0;
  SqlExpression expression_;
  std::map<std::string, int32_t> names_;
};

}  // namespace

Result<std::shared_ptr<const SqlExpression>> ParseSql(std::string_view text) {
  if (text.size() > kMaxSqlBytes) {
    return Status(ErrorCode::kInvalidArgument, "the expression has " + std::to_string(text.size()) +
                                                   " bytes, " + std::to_string(kMaxSqlBytes) +
                                                   " are allowed");
  }
  return Parser(text).Parse();
}

}  // namespace rewindmq::broker
