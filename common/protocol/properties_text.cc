#include "common/protocol/properties_text.h"

#include <algorithm>

#include "common/base/parse.h"

namespace rewindmq::protocol {
namespace {

// Takes the first pair off; its bytes, separators included, lie at the old front. False at the end.
bool TakePair(std::string_view* rest, std::string_view* name, std::string_view* value) {
  if (rest->empty()) return false;
  size_t end = rest->find(kPropertyEnd);
  std::string_view pair = rest->substr(0, end);
  rest->remove_prefix(end == std::string_view::npos ? rest->size() : end + 1);
  size_t middle = pair.find(kPropertyNameEnd);
  *name = pair.substr(0, middle);
  *value = middle == std::string_view::npos ? std::string_view() : pair.substr(middle + 1);
  return true;
}

void AppendPair(std::string_view key, std::string_view value, std::string* out) {
  out->append(key).push_back(kPropertyNameEnd);
  out->append(value).push_back(kPropertyEnd);
}

std::string Unescape(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      plain.push_back(text[i]);
      continue;
    }
    char kind = text[++i];
    if (kind == 't') kind = '\t';
    if (kind == 'n') kind = '\n';
    if (kind == 'r') kind = '\r';
    plain.push_back(kind);
  }
  return plain;
}

// The position of the first '=', ':' or blank that is not escaped.
size_t KeyEnd(std::string_view line) {
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
    } else if (line[i] == '=' || line[i] == ':' || line[i] == ' ' || line[i] == '\t') {
      return i;
    }
  }
  return line.size();
}

}  // namespace

std::optional<std::string_view> FindProperty(std::string_view properties, std::string_view key) {
  std::string_view name;
  std::string_view value;
  while (TakePair(&properties, &name, &value)) {
    if (name == key && !value.empty()) return value;
  }
  return std::nullopt;
}

std::vector<std::pair<std::string_view, std::string_view>> ParseProperties(
    std::string_view properties) {
  std::vector<std::pair<std::string_view, std::string_view>> pairs;
  std::string_view name;
  std::string_view value;
  while (TakePair(&properties, &name, &value)) {
    if (!name.empty() && !value.empty()) pairs.emplace_back(name, value);
  }
  return pairs;
}

std::string BuildProperties(const std::vector<std::pair<std::string, std::string>>& properties) {
  std::string text;
  for (const auto& [key, value] : properties) AppendPair(key, value, &text);
  return text;
}

void SetProperty(std::string_view key, std::string_view value, std::string* properties) {
  std::string text;
  bool written = false;
  for (const auto& [name, old] : ParseProperties(*properties)) {
    if (name != key) {
      AppendPair(name, old, &text);
    } else if (!written) {
      AppendPair(key, value, &text);
      written = true;
    }
  }
  if (!written) AppendPair(key, value, &text);
  *properties = std::move(text);
}

bool RemoveProperty(std::string_view key, std::string* properties) {
  std::string text;
  bool found = false;
  for (const auto& [name, value] : ParseProperties(*properties)) {
    if (name == key) {
      found = true;
    } else {
      AppendPair(name, value, &text);
    }
  }
  if (found) *properties = std::move(text);
  return found;
}

std::string EncodeJavaProperties(const std::map<std::string, std::string>& properties) {
  std::string text;
  for (const auto& [key, value] : properties) {
    std::string flat = value;
    std::replace_if(
        flat.begin(), flat.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    text.append(key).append("=").append(flat).append("\n");
  }
  return text;
}

Result<std::map<std::string, std::string>> DecodeJavaProperties(std::string_view text) {
  std::map<std::string, std::string> properties;
  while (!text.empty()) {
    size_t end = text.find('\n');
    std::string_view line = Trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line[0] == '#' || line[0] == '!') continue;
    size_t key_end = KeyEnd(line);
    std::string_view rest = Trim(line.substr(key_end));
    if (!rest.empty() && (rest[0] == '=' || rest[0] == ':')) rest = Trim(rest.substr(1));
    std::string key = Unescape(line.substr(0, key_end));
    if (key.empty()) {
      return Status(ErrorCode::kInvalidArgument,
                    "the line '" + std::string(line) + "' has no key; write key=value");
    }
    properties[std::move(key)] = Unescape(rest);
  }
  return properties;
}

}  // namespace rewindmq::protocol
