#include "common/protocol/json_header.h"

#include <charconv>
#include <cstring>

namespace rewindmq::protocol {
namespace {

// Nested values of unknown keys deeper than this are refused.
constexpr int kMaxDepth = 16;

Status Malformed(std::string_view what) {
  return {ErrorCode::kCorruption, "JSON header: " + std::string(what)};
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char* WriteUtf8(uint32_t code_point, char* to) {
  if (code_point < 0x80) {
    *to++ = static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    *to++ = static_cast<char>(0xC0 | (code_point >> 6));
    *to++ = static_cast<char>(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    *to++ = static_cast<char>(0xE0 | (code_point >> 12));
    *to++ = static_cast<char>(0x80 | ((code_point >> 6) & 0x3F));
    *to++ = static_cast<char>(0x80 | (code_point & 0x3F));
  } else {
    *to++ = static_cast<char>(0xF0 | (code_point >> 18));
    *to++ = static_cast<char>(0x80 | ((code_point >> 12) & 0x3F));
    *to++ = static_cast<char>(0x80 | ((code_point >> 6) & 0x3F));
    *to++ = static_cast<char>(0x80 | (code_point & 0x3F));
  }
  return to;
}

class Scanner {
 public:
  Scanner(char* at, char* end) : at_(at), end_(end) {}

  void SkipBlank() {
    while (at_ < end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\n' || *at_ == '\r')) ++at_;
  }
  bool Take(char c) {
    SkipBlank();
    if (at_ >= end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  bool AtEnd() {
    SkipBlank();
    return at_ >= end_;
  }

  // A quoted string, unescaped where it lies.
  bool String(std::string_view* text) {
    if (!Take('"')) return false;
    char* start = at_;
    while (at_ < end_ && *at_ != '"' && *at_ != '\\') ++at_;
    char* to = at_;
    while (at_ < end_ && *at_ != '"') {
      if (*at_ != '\\') {
        *to++ = *at_++;
      } else if (!Escape(&to)) {
        return false;
      }
    }
    if (at_ >= end_) return false;
    ++at_;
    *text = {start, static_cast<size_t>(to - start)};
    return true;
  }

  bool AtQuote() {
    SkipBlank();
    return at_ < end_ && *at_ == '"';
  }

  // A number, true, false or null as its text.
  bool Bare(std::string_view* text) {
    SkipBlank();
    char* start = at_;
    while (at_ < end_ && *at_ != ',' && *at_ != '}' && *at_ != ']' && *at_ != ' ' && *at_ != '\n' &&
           *at_ != '\r' && *at_ != '\t' && *at_ != '"' && *at_ != ':' && *at_ != '{' &&
           *at_ != '[') {
      ++at_;
    }
    *text = {start, static_cast<size_t>(at_ - start)};
    return !text->empty();
  }

  bool Scalar(std::string_view* text) { return AtQuote() ? String(text) : Bare(text); }

  // Any value of a key that nobody asked for.
  bool Skip(int depth) {
    SkipBlank();
    if (at_ >= end_ || depth > kMaxDepth) return false;
    std::string_view ignored;
    if (*at_ != '{' && *at_ != '[') return Scalar(&ignored);
    bool object = *at_ == '{';
    char close = object ? '}' : ']';
    ++at_;
    if (Take(close)) return true;
    do {
      if (object && !(Scalar(&ignored) && Take(':'))) return false;
      if (!Skip(depth + 1)) return false;
    } while (Take(','));
    return Take(close);
  }

 private:
  bool Hex4(uint32_t* unit) {
    if (end_ - at_ < 4) return false;
    *unit = 0;
    for (int i = 0; i < 4; ++i) {
      int digit = HexDigit(*at_++);
      if (digit < 0) return false;
      *unit = *unit * 16 + static_cast<uint32_t>(digit);
    }
    return true;
  }

  // Joins a high surrogate with the low one that follows it. Half a pair is no character: it
  // becomes U+FFFD, so that nothing that leaves here is bad UTF-8.
  uint32_t SecondHalf(uint32_t unit) {
    constexpr uint32_t kReplacement = 0xFFFD;
    if (unit >= 0xDC00 || end_ - at_ < 6 || at_[0] != '\\' || at_[1] != 'u') return kReplacement;
    char* before = at_;
    at_ += 2;
    uint32_t low = 0;
    if (Hex4(&low) && low >= 0xDC00 && low < 0xE000) {
      return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    }
    at_ = before;
    return kReplacement;
  }

  // The escape at at_; what it means is never longer than how it is written.
  bool Escape(char** to) {
    if (end_ - at_ < 2) return false;
    char kind = at_[1];
    at_ += 2;
    switch (kind) {
      case 'b':
        *(*to)++ = '\b';
        return true;
      case 'f':
        *(*to)++ = '\f';
        return true;
      case 'n':
        *(*to)++ = '\n';
        return true;
      case 'r':
        *(*to)++ = '\r';
        return true;
      case 't':
        *(*to)++ = '\t';
        return true;
      case '"':
      case '\\':
      case '/':
        *(*to)++ = kind;
        return true;
      case 'u':
        break;
      default:
        return false;
    }
    uint32_t unit = 0;
    if (!Hex4(&unit)) return false;
    if (unit >= 0xD800 && unit < 0xE000) unit = SecondHalf(unit);
    *to = WriteUtf8(unit, *to);
    return true;
  }

  char* at_;
  char* end_;
};

template <typename T>
bool ToNumber(std::string_view text, T* value) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size();
}

bool ReadExtFields(Scanner* scanner, Fields* fields) {
  if (!scanner->Take('{')) {
    std::string_view null;
    return scanner->Bare(&null) && null == "null";
  }
  if (scanner->Take('}')) return true;
  do {
    std::string_view name;
    std::string_view value;
    if (!scanner->String(&name) || !scanner->Take(':')) return false;
    bool quoted = scanner->AtQuote();
    if (!scanner->Scalar(&value)) return false;
    bool absent = !quoted && value == "null";
    if (!absent && !fields->Add(name, value)) return false;
  } while (scanner->Take(','));
  return scanner->Take('}');
}

bool ReadMember(Scanner* scanner, std::string_view key, Command* command) {
  if (key == "extFields") return ReadExtFields(scanner, &command->fields);
  std::string_view text;
  if (key == "code") return scanner->Scalar(&text) && ToNumber(text, &command->code);
  if (key == "opaque") return scanner->Scalar(&text) && ToNumber(text, &command->opaque);
  if (key == "version") return scanner->Scalar(&text) && ToNumber(text, &command->version);
  if (key == "flag") {
    int32_t flag = 0;
    if (!scanner->Scalar(&text) || !ToNumber(text, &flag)) return false;
    command->flag = static_cast<uint32_t>(flag);
    return true;
  }
  if (key == "language") {
    if (!scanner->Scalar(&text)) return false;
    uint8_t code = 0;  // rocketmq-client-go sends the number
    command->language = ToNumber(text, &code) ? LanguageFromCode(code) : LanguageFromName(text);
    return true;
  }
  if (key == "remark") {
    bool quoted = scanner->AtQuote();
    if (!scanner->Scalar(&text)) return false;
    command->remark = !quoted && text == "null" ? std::string_view() : text;
    return true;
  }
  return scanner->Skip(0);
}

void AppendNumber(int64_t value, std::string* out) {
  char digits[24];
  auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  out->append(digits, end);
}

}  // namespace

Status DecodeJsonHeader(char* header, size_t size, Command* command) {
  Scanner scanner(header, header + size);
  if (!scanner.Take('{')) return Malformed("does not start with {");
  if (!scanner.Take('}')) {
    do {
      std::string_view key;
      if (!scanner.String(&key) || !scanner.Take(':')) return Malformed("a key is expected");
      if (!ReadMember(&scanner, key, command)) {
        return Malformed("bad value of '" + std::string(key.substr(0, 32)) + "'");
      }
    } while (scanner.Take(','));
    if (!scanner.Take('}')) return Malformed("is not closed");
  }
  return scanner.AtEnd() ? Status::Ok() : Malformed("goes on after its end");
}

void AppendJsonString(std::string_view text, std::string* out) {
  constexpr char kHex[] = "0123456789abcdef";
  out->push_back('"');
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out->push_back('\\');
      out->push_back(c);
    } else if (byte >= 0x20) {
      out->push_back(c);
    } else if (c == '\n') {
      out->append("\\n");
    } else if (c == '\t') {
      out->append("\\t");
    } else if (c == '\r') {
      out->append("\\r");
    } else {
      out->append("\\u00");
      out->push_back(kHex[byte >> 4]);
      out->push_back(kHex[byte & 15]);
    }
  }
  out->push_back('"');
}

void AppendJsonHeader(const Outgoing& command, std::string* out) {
  out->append("{\"code\":");
  AppendNumber(command.code, out);
  if (!command.fields.empty()) {
    out->append(",\"extFields\":{");
    bool first = true;
    for (const auto& [name, value] : command.fields) {
      if (!first) out->push_back(',');
      first = false;
      AppendJsonString(name, out);
      out->push_back(':');
      AppendJsonString(value, out);
    }
    out->push_back('}');
  }
  out->append(",\"flag\":");
  AppendNumber(static_cast<int32_t>(command.flag), out);
  out->append(",\"language\":\"").append(LanguageName(command.language)).append("\",\"opaque\":");
  AppendNumber(command.opaque, out);
  if (!command.remark.empty()) {
    out->append(",\"remark\":");
    AppendJsonString(command.remark, out);
  }
  out->append(",\"serializeTypeCurrentRPC\":\"JSON\",\"version\":");
  AppendNumber(command.version, out);
  out->push_back('}');
}

}  // namespace rewindmq::protocol
