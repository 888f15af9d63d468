#pragma once
// Compiles a message selector, SQL92's conditions in the dialect of RocketMQ's SelectorParser:
//   or:   and {OR and}               and:  equality {AND equality}
//   equality:   comparison {(= | <>) comparison | IS [NOT] NULL}
//   comparison: unary {(> | >= | < | <=) unary | [NOT] BETWEEN unary AND unary
//               | [NOT] IN ('x', …) | [NOT] (CONTAINS | STARTSWITH | ENDSWITH) 'x'}
//   unary: (+ | - | NOT) unary | literal | name | ( or )
// As in Java, NOT binds tighter than a comparison, and what follows a whole expression is ignored.
// Hostile text is safe: length and depth are limited (sql_expression.h). Pure.

#include <memory>
#include <string_view>

#include "broker/filter/sql_expression.h"
#include "common/base/status.h"

namespace rewindmq::broker {

// kInvalidArgument says what is wrong and at which position.
Result<std::shared_ptr<const SqlExpression>> ParseSql(std::string_view text);

}  // namespace rewindmq::broker
