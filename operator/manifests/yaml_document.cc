#include "operator/manifests/yaml_document.h"

#include <yaml-cpp/yaml.h>

#include <string_view>
#include <utility>

#include "common/base/parse.h"
#include "operator/manifests/yaml_writer.h"

namespace rewindmq::manifests {
namespace {

using api::Json;

Status At(size_t line, const std::string& what) {
  return {ErrorCode::kInvalidArgument, "line " + std::to_string(line) + ": " + what};
}

// Lines with their newlines.
std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    size_t end = text.find('\n');
    size_t size = end == std::string_view::npos ? text.size() : end + 1;
    lines.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return lines;
}

bool IsMarker(std::string_view line) {
  if (!line.starts_with("---")) return false;
  return line.size() == 3 || line[3] == '\n' || line[3] == '\r' || line[3] == ' ' ||
         line[3] == '\t';
}

// The core schema's plain scalars, as kubectl reads them; a quoted scalar is always text.
Json ScalarOf(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") {
    return nullptr;
  }
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (Result<int64_t> number = ParseInt64(text, ""); number.ok()) return *number;
  double real = 0;
  const bool numeric = text.find_first_not_of("0123456789+-.eE") == std::string::npos;
  if (numeric && YAML::convert<double>::decode(node, real)) return real;
  return text;
}

class Converter {
 public:
  explicit Converter(size_t first_line) : first_line_(first_line) {}

  Json Convert(const YAML::Node& node) {
    if (++nodes_ > kMaxNodes) Fail(node, "too many values for a manifest");
    if (!status_.ok() || !node.IsDefined() || node.IsNull()) return nullptr;
    if (node.IsScalar()) return ScalarOf(node);
    if (node.IsSequence()) {
      Json list = Json::array();
      for (const YAML::Node& element : node) list.push_back(Convert(element));
      return list;
    }
    Json object = Json::object();
    for (const auto& field : node) {
      const YAML::Node& key = field.first;
      if (!key.IsScalar()) {
        Fail(key, "a key must be text");
      } else if (object.contains(key.Scalar())) {
        Fail(key, "`" + key.Scalar() + "` is given twice");
      } else {
        object[key.Scalar()] = Convert(field.second);
      }
      if (!status_.ok()) break;
    }
    return object;
  }

  const Status& status() const { return status_; }

 private:
  void Fail(const YAML::Node& node, const std::string& what) {
    if (!status_.ok()) return;
    const int line = node.Mark().line < 0 ? 0 : node.Mark().line;
    status_ = At(first_line_ + static_cast<size_t>(line), what);
  }

  const size_t first_line_;
  size_t nodes_ = 0;
  Status status_;
};

Result<Json> ParseOne(const std::string& text, size_t first_line) {
  try {
    Converter converter(first_line);
    Json value = converter.Convert(YAML::Load(text));
    if (!converter.status().ok()) return converter.status();
    return value;
  } catch (const YAML::Exception& error) {
    const int line = error.mark.line < 0 ? 0 : error.mark.line;
    return At(first_line + static_cast<size_t>(line), error.msg);
  }
}

// The first line of a block that is not part of the key before it.
bool StartsKey(std::string_view line) {
  return !line.empty() && line[0] != ' ' && line[0] != '\t' && line[0] != '#' && line[0] != '\n' &&
         line[0] != '\r' && line[0] != '-';
}

}  // namespace

Result<std::vector<YamlDocument>> ParseDocuments(const std::string& text) {
  std::vector<YamlDocument> documents(1);
  size_t number = 0;
  for (std::string_view line : LinesOf(text)) {
    ++number;
    if (!IsMarker(line)) {
      documents.back().text += line;
      continue;
    }
    YamlDocument next;
    // What follows the marker on its line belongs to the document, and keeps the line count.
    next.marker = "---";
    next.text = line.substr(3);
    next.first_line = number;
    documents.push_back(std::move(next));
  }
  for (YamlDocument& document : documents) {
    REWIND_TRY_ASSIGN(document.value, ParseOne(document.text, document.first_line));
  }
  return documents;
}

Result<std::string> WithStatus(const YamlDocument& document, const Json& status) {
  std::string text;
  bool in_status = false;
  for (std::string_view line : LinesOf(document.text)) {
    if (line.starts_with("status:")) {
      in_status = true;
    } else if (in_status && StartsKey(line)) {
      in_status = false;
    }
    if (!in_status || line[0] == '#') text += line;
  }
  if (!text.empty() && text.back() != '\n') text += '\n';
  text += WriteYaml("status", status);

  Json wanted = document.value;
  wanted.erase("status");
  Result<Json> now = ParseOne(text, document.first_line);
  const bool kept = now.ok() && now->is_object() && now->contains("status");
  Json rest = kept ? *now : Json();
  if (kept) rest.erase("status");
  if (!kept || rest != wanted) {
    return At(document.first_line,
              "the status cannot be written into this document; write it in block style, each of "
              "apiVersion, kind, metadata and spec at the beginning of a line");
  }
  return text;
}

}  // namespace rewindmq::manifests
