#pragma once
// Tokens of a message selector (SelectorParser.jj of RocketMQ's filter module): keywords in any
// case, names, numbers, 'strings', operators, and two kinds of comments. Tokens are made when they
// are asked for: as in Java, what stands behind the end of an expression is never looked at.
// Thread safety: one object a thread. Positions count bytes and start at 1.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace rewindmq::broker {

enum class SqlToken : uint8_t {
  kEnd,
  kNot,
  kAnd,
  kOr,
  kBetween,
  kIn,
  kTrue,
  kFalse,
  kNull,
  kIs,
  kContains,
  kStartsWith,
  kEndsWith,
  kInteger,
  kReal,
  kString,
  kName,
  kEqual,
  kNotEqual,
  kGreater,
  kGreaterEqual,
  kLess,
  kLessEqual,
  kOpen,
  kComma,
  kClose,
  kPlus,
  kMinus,
};

struct SqlTokenAt {
  SqlToken token = SqlToken::kEnd;
  std::string_view text;  // as written; a string with its quotes
  size_t position = 1;
};

class SqlLexer {
 public:
  // The text must outlive the lexer and its tokens.
  explicit SqlLexer(std::string_view text) : text_(text) {}

  // kInvalidArgument for a character that no token starts with.
  Result<SqlTokenAt> Next();

 private:
  void SkipBlanksAndComments();
  size_t LineCommentEnd() const;
  size_t BlockCommentEnd() const;
  size_t StringEnd() const;
  size_t NumberEnd(bool* real) const;
  SqlTokenAt Take(SqlToken token, size_t end);

  std::string_view text_;
  size_t at_ = 0;
};

// What a string token means: without its quotes, '' read as one quote.
std::string SqlStringValue(std::string_view token_text);

}  // namespace rewindmq::broker
