#include "operator/manifests/yaml_writer.h"

#include <algorithm>

namespace rewindmq::manifests {
namespace {

using api::Json;

constexpr int kIndent = 2;
// A queue's row has the progress of its replay.
constexpr int kRowDepth = 1;

bool IsScalar(const Json& value) { return !value.is_structured(); }

// Plain YAML only where no reader can take it for a number, a truth value or syntax.
bool IsPlain(const std::string& text) {
  static constexpr std::string_view kWords[] = {"true", "false", "null", "yes", "no", "on", "off"};
  if (text.empty() || !std::isalpha(static_cast<unsigned char>(text[0]))) return false;
  bool safe = std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.' ||
           c == '/' || c == ' ';
  });
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return safe && text.back() != ' ' &&
         std::find(std::begin(kWords), std::end(kWords), lower) == std::end(kWords);
}

std::string Scalar(const Json& value) {
  if (value.is_string() && IsPlain(value.get_ref<const std::string&>())) {
    return value.get<std::string>();
  }
  // A JSON scalar is a YAML scalar.
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool IsRow(const Json& value, int depth) {
  return value.is_object() && !value.empty() &&
         std::all_of(value.begin(), value.end(), [depth](const Json& field) {
           return IsScalar(field) || (depth > 0 && IsRow(field, depth - 1));
         });
}

std::string Flow(const Json& row) {
  std::string text;
  for (const auto& [key, value] : row.items()) {
    text +=
        (text.empty() ? "{" : ", ") + key + ": " + (IsScalar(value) ? Scalar(value) : Flow(value));
  }
  return text + "}";
}

void Write(const std::string& key, const Json& value, int depth, std::string* out);

void WriteFields(const Json& object, int depth, std::string* out) {
  for (const auto& [key, value] : object.items()) Write(key, value, depth, out);
}

void WriteElement(const Json& element, int depth, std::string* out) {
  const std::string indent(static_cast<size_t>(depth * kIndent), ' ');
  if (IsScalar(element)) {
    *out += indent + "- " + Scalar(element) + "\n";
  } else if (IsRow(element, kRowDepth)) {
    *out += indent + "- " + Flow(element) + "\n";
  } else {
    // Structures inside lists: a status has none of its own; others' fields survive as JSON.
    *out += indent + "- " + element.dump() + "\n";
  }
}

void Write(const std::string& key, const Json& value, int depth, std::string* out) {
  const std::string name =
      std::string(static_cast<size_t>(depth * kIndent), ' ') + Scalar(Json(key)) + ":";
  if (IsScalar(value)) {
    *out += name + " " + Scalar(value) + "\n";
  } else if (value.empty()) {
    *out += name + (value.is_array() ? " []\n" : " {}\n");
  } else if (value.is_array()) {
    *out += name + "\n";
    for (const Json& element : value) WriteElement(element, depth, out);
  } else {
    *out += name + "\n";
    WriteFields(value, depth + 1, out);
  }
}

}  // namespace

std::string WriteYaml(const std::string& key, const Json& value) {
  std::string out;
  Write(key, value, 0, &out);
  return out;
}

}  // namespace rewindmq::manifests
