#pragma once
// Writes JSON as fastjson does: no blanks, keys in the order in which they are given (callers give
// them alphabetically), and keys without quotes where a map has integers or objects as keys.
// Thread safety: one writer is used by one thread.

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "common/protocol/json_header.h"

namespace rewindmq::protocol {

class JsonWriter {
 public:
  void BeginObject() { Open('{'); }
  void EndObject() { out_.push_back('}'); }
  void BeginArray() { Open('['); }
  void EndArray() { out_.push_back(']'); }

  void Key(std::string_view key) {
    Separate();
    AppendJsonString(key, &out_);
    out_.push_back(':');
  }
  // A key that is itself JSON: an integer, or an object.
  void BareKey(std::string_view json) {
    Separate();
    out_.append(json).push_back(':');
  }

  void String(std::string_view text) {
    Separate();
    AppendJsonString(text, &out_);
  }
  void Int(int64_t value) { Raw(std::to_string(value)); }
  void Bool(bool value) { Raw(value ? "true" : "false"); }
  // With a decimal point, as Java prints doubles.
  void Double(double value);
  // A value that is already JSON.
  void Raw(std::string_view json) {
    Separate();
    out_.append(json);
  }

  void Member(std::string_view key, std::string_view text) {
    Key(key);
    String(text);
  }
  void Member(std::string_view key, const char* text) { Member(key, std::string_view(text)); }
  void Member(std::string_view key, int64_t value) {
    Key(key);
    Int(value);
  }
  void Member(std::string_view key, int32_t value) { Member(key, int64_t{value}); }
  void Member(std::string_view key, bool value) {
    Key(key);
    Bool(value);
  }
  void Member(std::string_view key, double value) {
    Key(key);
    Double(value);
  }
  template <typename Strings>
  void StringArray(std::string_view key, const Strings& texts) {
    Key(key);
    BeginArray();
    for (const auto& text : texts) String(text);
    EndArray();
  }
  template <typename StringMap>
  void StringObject(std::string_view key, const StringMap& map) {
    Key(key);
    BeginObject();
    for (const auto& [name, text] : map) Member(name, std::string_view(text));
    EndObject();
  }

  std::string Take() { return std::move(out_); }

 private:
  void Open(char bracket) {
    Separate();
    out_.push_back(bracket);
  }
  // Every value ends with a quote, a digit, a letter or a closing bracket, so the last byte tells
  // whether a comma is due.
  void Separate() {
    if (out_.empty()) return;
    char last = out_.back();
    if (last != '{' && last != '[' && last != ':') out_.push_back(',');
  }

  std::string out_;
};

inline void JsonWriter::Double(double value) {
  char digits[32];
  auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  std::string text(digits, end);
  if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
  bool finite = text.find_first_of("ni") == std::string::npos;
  Raw(finite ? text : "null");
}

}  // namespace rewindmq::protocol
