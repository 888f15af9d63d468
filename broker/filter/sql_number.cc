#include "broker/filter/sql_number.h"

#include <charconv>
#include <cstdlib>
#include <limits>
#include <string>

namespace rewindmq::broker {
namespace {

template <typename T>
std::optional<T> Integer(std::string_view text) {
  if (!text.empty() && text.front() == '+') {
    text.remove_prefix(1);
    if (!text.empty() && text.front() == '-') return std::nullopt;
  }
  T value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::string_view Trim(std::string_view text) {
  auto blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

size_t SkipAll(std::string_view text, std::string_view set, size_t from) {
  size_t end = text.find_first_not_of(set, from);
  return end == text.npos ? text.size() : end;
}

// "digits.digits exponent suffix", where the exponent's letter is one of `letters`.
bool IsFloatText(std::string_view text, std::string_view digits, std::string_view letters,
                 bool exponent_required) {
  size_t whole = SkipAll(text, digits, 0);
  size_t end = whole;
  size_t count = whole;
  if (end < text.size() && text[end] == '.') {
    size_t fraction = SkipAll(text, digits, end + 1);
    count += fraction - (end + 1);
    end = fraction;
  }
  if (count == 0) return false;
  bool has_exponent = end < text.size() && letters.find(text[end]) != letters.npos;
  if (has_exponent) {
    size_t from = end + 1;
    if (from < text.size() && (text[from] == '+' || text[from] == '-')) ++from;
    end = SkipAll(text, "0123456789", from);
    if (end == from) return false;
  }
  if (exponent_required && !has_exponent) return false;
  if (end < text.size() && std::string_view("fFdD").find(text[end]) != std::string_view::npos) {
    ++end;
  }
  return end == text.size();
}

}  // namespace

std::optional<int32_t> JavaInt(std::string_view text) { return Integer<int32_t>(text); }

std::optional<int64_t> JavaLong(std::string_view text) { return Integer<int64_t>(text); }

std::optional<double> JavaDouble(std::string_view text) {
  text = Trim(text);
  bool negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  double value = 0;
  bool hex = text.size() > 1 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
  if (text == "NaN") {
    value = std::numeric_limits<double>::quiet_NaN();
  } else if (text == "Infinity") {
    value = std::numeric_limits<double>::infinity();
  } else if (hex ? IsFloatText(text.substr(2), "0123456789abcdefABCDEF", "pP", true)
                 : IsFloatText(text, "0123456789", "eE", false)) {
    value = std::strtod(std::string(text).c_str(), nullptr);  // stops at the suffix
  } else {
    return std::nullopt;
  }
  return negative ? -value : value;
}

}  // namespace rewindmq::broker
