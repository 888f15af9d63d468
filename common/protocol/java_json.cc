#include "common/protocol/java_json.h"

#include <cmath>
#include <limits>

#include "common/base/parse.h"
#include "common/protocol/json_header.h"

namespace rewindmq::protocol {
namespace {

using nlohmann::json;

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Copies JSON, dropping blanks and quoting bare keys. It checks only what it needs to find keys;
// the real parser judges the rest.
class Normaliser {
 public:
  explicit Normaliser(std::string_view text) : text_(text) { out_.reserve(text.size() + 64); }

  Result<std::string> Run() {
    if (text_.size() > kMaxJsonBytes) return Bad("is larger than 64 MiB");
    REWIND_TRY(Value(0));
    SkipBlank();
    if (at_ != text_.size()) return Bad("goes on after its end");
    return std::move(out_);
  }

 private:
  Status Bad(const char* what) const {
    return {ErrorCode::kCorruption, "JSON " + std::string(what) + " (byte " + std::to_string(at_) +
                                        " of " + std::to_string(text_.size()) + ")"};
  }

  void SkipBlank() {
    while (at_ < text_.size() && IsBlank(text_[at_])) ++at_;
  }
  // The next byte that is not blank, 0 at the end.
  char Next() {
    SkipBlank();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  void Copy() { out_.push_back(text_[at_++]); }

  Status Value(int depth) {
    if (depth > kMaxJsonDepth) return Bad("is nested too deeply");
    if (++values_ > kMaxJsonValues) return Bad("has too many values");
    switch (Next()) {
      case '{':
        return Object(depth);
      case '[':
        return Array(depth);
      case '"':
        return String();
      default:
        return Bare();
    }
  }

  Status Object(int depth) {
    Copy();
    if (Next() == '}') return Close();
    while (true) {
      REWIND_TRY(Key(depth));
      if (Next() != ':') return Bad("lacks a colon after a key");
      Copy();
      REWIND_TRY(Value(depth + 1));
      if (Next() == '}') return Close();
      if (Next() != ',') return Bad("has an object that is not closed");
      Copy();
    }
  }

  Status Array(int depth) {
    Copy();
    if (Next() == ']') return Close();
    while (true) {
      REWIND_TRY(Value(depth + 1));
      if (Next() == ']') return Close();
      if (Next() != ',') return Bad("has an array that is not closed");
      Copy();
    }
  }

  Status Close() {
    Copy();
    return Status::Ok();
  }

  Status Key(int depth) {
    char first = Next();
    if (first == '"') return String();
    if (first == '{') return ObjectKey(depth);
    if (first != '-' && !IsDigit(first)) return Bad("has a key that is no string");
    out_.push_back('"');
    Copy();
    if (first == '-' && (at_ == text_.size() || !IsDigit(text_[at_])))
      return Bad("has a bare minus");
    while (at_ < text_.size() && IsDigit(text_[at_])) Copy();
    out_.push_back('"');
    return Status::Ok();
  }

  // Keys within keys are refused: each level would double the escapes.
  Status ObjectKey(int depth) {
    if (in_key_) return Bad("has an object key inside an object key");
    in_key_ = true;
    size_t start = out_.size();
    REWIND_TRY(Value(depth + 1));
    in_key_ = false;
    std::string key = out_.substr(start);
    out_.resize(start);
    AppendJsonString(key, &out_);
    return Status::Ok();
  }

  Status String() {
    Copy();
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] == '\\') Copy();
      if (at_ < text_.size()) Copy();
    }
    if (at_ >= text_.size()) return Bad("has a string that is not closed");
    Copy();
    return Status::Ok();
  }

  Status Bare() {
    size_t start = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 ||
                                  text_[at_] == '-' || text_[at_] == '+' || text_[at_] == '.')) {
      Copy();
    }
    return at_ == start ? Bad("lacks a value") : Status::Ok();
  }

  std::string_view text_;
  size_t at_ = 0;
  size_t values_ = 0;
  bool in_key_ = false;
  std::string out_;
};

}  // namespace

Result<json> ParseJavaJson(std::string_view text) {
  REWIND_TRY_ASSIGN(std::string standard, Normaliser(text).Run());
  json parsed = json::parse(standard, nullptr, /*allow_exceptions=*/false);
  if (parsed.is_discarded()) return Status(ErrorCode::kCorruption, "the text is not JSON");
  return parsed;
}

Result<json> ParseJavaObject(std::string_view text) {
  REWIND_TRY_ASSIGN(json parsed, ParseJavaJson(text));
  if (!parsed.is_object()) return Status(ErrorCode::kCorruption, "the JSON is not an object");
  return parsed;
}

std::string DumpJson(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

JsonMembers::JsonMembers(const json& object) : object_(object) {
  if (!object.is_object()) status_ = {ErrorCode::kCorruption, "a JSON object is expected"};
}

const json* JsonMembers::Any(const char* key) const {
  if (!object_.is_object()) return nullptr;
  auto found = object_.find(key);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

void JsonMembers::WrongType(const char* key, const char* expected) {
  Note({ErrorCode::kCorruption, std::string("JSON member '") + key + "' is not " + expected});
}

std::string JsonMembers::Text(const char* key, std::string_view fallback) {
  const json* member = Any(key);
  if (member == nullptr) return std::string(fallback);
  if (member->is_string()) return member->get_ref<const std::string&>();
  if (member->is_number() || member->is_boolean()) return DumpJson(*member);
  WrongType(key, "a string");
  return {};
}

int64_t JsonMembers::Int64(const char* key, int64_t fallback) {
  const json* member = Any(key);
  if (member == nullptr) return fallback;
  if (member->is_number_unsigned()) {
    auto value = member->get<uint64_t>();
    if (value <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return static_cast<int64_t>(value);
    }
  } else if (member->is_number_integer()) {
    return member->get<int64_t>();
  } else if (member->is_string()) {
    const auto& text = member->get_ref<const std::string&>();
    if (text.empty()) return fallback;
    Result<int64_t> value = ParseInt64(text, key);
    if (value.ok()) return *value;
  }
  WrongType(key, "an integer");
  return fallback;
}

int32_t JsonMembers::Int32(const char* key, int32_t fallback) {
  int64_t value = Int64(key, fallback);
  if (value >= std::numeric_limits<int32_t>::min() &&
      value <= std::numeric_limits<int32_t>::max()) {
    return static_cast<int32_t>(value);
  }
  WrongType(key, "a 32-bit integer");
  return fallback;
}

bool JsonMembers::Bool(const char* key, bool fallback) {
  const json* member = Any(key);
  if (member == nullptr) return fallback;
  if (member->is_boolean()) return member->get<bool>();
  if (member->is_number_integer()) return member->get<int64_t>() != 0;
  if (member->is_string()) {
    Result<bool> value = ParseBool(member->get_ref<const std::string&>(), key);
    if (value.ok()) return *value;
  }
  WrongType(key, "true or false");
  return fallback;
}

double JsonMembers::Double(const char* key, double fallback) {
  const json* member = Any(key);
  if (member == nullptr) return fallback;
  if (member->is_number()) return member->get<double>();
  WrongType(key, "a number");
  return fallback;
}

const json* JsonMembers::Object(const char* key) {
  const json* member = Any(key);
  if (member != nullptr && !member->is_object()) {
    WrongType(key, "an object");
    return nullptr;
  }
  return member;
}

const json* JsonMembers::Array(const char* key) {
  const json* member = Any(key);
  if (member != nullptr && !member->is_array()) {
    WrongType(key, "an array");
    return nullptr;
  }
  return member;
}

}  // namespace rewindmq::protocol
