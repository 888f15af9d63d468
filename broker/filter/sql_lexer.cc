#include "broker/filter/sql_lexer.h"

#include <algorithm>
#include <array>
#include <utility>

namespace rewindmq::broker {
namespace {

constexpr std::array<std::pair<std::string_view, SqlToken>, 12> kKeywords = {{
    {"NOT", SqlToken::kNot},
    {"AND", SqlToken::kAnd},
    {"OR", SqlToken::kOr},
    {"BETWEEN", SqlToken::kBetween},
    {"IN", SqlToken::kIn},
    {"TRUE", SqlToken::kTrue},
    {"FALSE", SqlToken::kFalse},
    {"NULL", SqlToken::kNull},
    {"IS", SqlToken::kIs},
    {"CONTAINS", SqlToken::kContains},
    {"STARTSWITH", SqlToken::kStartsWith},
    {"ENDSWITH", SqlToken::kEndsWith},
}};

// Longer ones first.
constexpr std::array<std::pair<std::string_view, SqlToken>, 11> kOperators = {{
    {"<>", SqlToken::kNotEqual},
    {"<=", SqlToken::kLessEqual},
    {">=", SqlToken::kGreaterEqual},
    {"=", SqlToken::kEqual},
    {"<", SqlToken::kLess},
    {">", SqlToken::kGreater},
    {"(", SqlToken::kOpen},
    {")", SqlToken::kClose},
    {",", SqlToken::kComma},
    {"+", SqlToken::kPlus},
    {"-", SqlToken::kMinus},
}};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
char Upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
bool IsNameStart(char c) { return (Upper(c) >= 'A' && Upper(c) <= 'Z') || c == '_' || c == '$'; }

bool EqualsInAnyCase(std::string_view text, std::string_view upper) {
  return std::equal(text.begin(), text.end(), upper.begin(), upper.end(),
                    [](char a, char b) { return Upper(a) == b; });
}

}  // namespace

SqlTokenAt SqlLexer::Take(SqlToken token, size_t end) {
  SqlTokenAt taken{token, text_.substr(at_, end - at_), at_ + 1};
  at_ = end;
  return taken;
}

// Java's grammar wants a line's end behind a comment; without one, "--" is two signs.
size_t SqlLexer::LineCommentEnd() const {
  size_t end = text_.find_first_of("\r\n", at_);
  return end == text_.npos ? at_ : end + 1;
}

size_t SqlLexer::BlockCommentEnd() const {
  size_t end = text_.find("*/", at_ + 2);
  return end == text_.npos ? at_ : end + 2;
}

void SqlLexer::SkipBlanksAndComments() {
  while (true) {
    size_t before = at_;
    at_ = std::min(text_.find_first_not_of(" \t\n\r\f", at_), text_.size());
    std::string_view rest = text_.substr(at_);
    if (rest.substr(0, 2) == "--") at_ = LineCommentEnd();
    if (rest.substr(0, 2) == "/*") at_ = BlockCommentEnd();
    if (at_ == before) return;
  }
}

// "0", "12", "12L", "1.", "1.5", ".5", "1e3", "1.5E-3"; a leading zero ends an integer.
size_t SqlLexer::NumberEnd(bool* real) const {
  auto digits_end = [&](size_t from) {
    return std::min(text_.find_first_not_of("0123456789", from), text_.size());
  };
  auto at = [&](size_t i) { return i < text_.size() ? text_[i] : '\0'; };
  size_t end = digits_end(at_);
  *real = false;
  if (at(end) == '.' && (end > at_ || IsDigit(at(end + 1)))) {
    *real = true;
    end = digits_end(end + 1);
  }
  if (Upper(at(end)) == 'E') {
    size_t digits = end + 1 + (at(end + 1) == '+' || at(end + 1) == '-' ? 1 : 0);
    if (IsDigit(at(digits))) {
      *real = true;
      end = digits_end(digits);
    }
  }
  if (*real) return end;
  if (text_[at_] == '0') return at_ + 1;
  return Upper(at(end)) == 'L' ? end + 1 : end;
}

// The longest string that starts here. Two quotes stand for one inside a string, unless no other
// quote follows them.
size_t SqlLexer::StringEnd() const {
  size_t closed = at_;
  size_t quote = text_.find('\'', at_ + 1);
  while (quote != text_.npos) {
    closed = quote + 1;
    if (text_.substr(closed, 1) != "'") return closed;
    quote = text_.find('\'', closed + 1);
  }
  return closed;
}

Result<SqlTokenAt> SqlLexer::Next() {
  SkipBlanksAndComments();
  if (at_ == text_.size()) return Take(SqlToken::kEnd, at_);
  char first = text_[at_];
  if (IsNameStart(first)) {
    size_t end = at_;
    while (end < text_.size() && (IsNameStart(text_[end]) || IsDigit(text_[end]))) ++end;
    std::string_view word = text_.substr(at_, end - at_);
    for (const auto& [keyword, token] : kKeywords) {
      if (EqualsInAnyCase(word, keyword)) return Take(token, end);
    }
    return Take(SqlToken::kName, end);
  }
  if (IsDigit(first) || (first == '.' && at_ + 1 < text_.size() && IsDigit(text_[at_ + 1]))) {
    bool real = false;
    size_t end = NumberEnd(&real);
    return Take(real ? SqlToken::kReal : SqlToken::kInteger, end);
  }
  if (first == '\'') {
    size_t closed = StringEnd();
    if (closed > at_) return Take(SqlToken::kString, closed);
    return Status(ErrorCode::kInvalidArgument,
                  "the string at position " + std::to_string(at_ + 1) + " has no closing quote");
  }
  for (const auto& [text, token] : kOperators) {
    if (text_.substr(at_, text.size()) == text) return Take(token, at_ + text.size());
  }
  bool shown = first > ' ' && first < 0x7F;
  return Status(ErrorCode::kInvalidArgument,
                (shown ? "'" + std::string(1, first) + "'" : std::string("the character")) +
                    " at position " + std::to_string(at_ + 1) + " is not allowed here");
}

std::string SqlStringValue(std::string_view token_text) {
  std::string value;
  std::string_view inner = token_text.substr(1, token_text.size() - 2);
  for (size_t i = 0; i < inner.size(); ++i) {
    value += inner[i];
    if (inner[i] == '\'') ++i;
  }
  return value;
}

}  // namespace rewindmq::broker
