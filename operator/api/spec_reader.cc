#include "operator/api/spec_reader.h"

#include <algorithm>
#include <utility>

namespace rewindmq::api {

SpecReader::SpecReader(const Json& object, std::string path, Status* status)
    : object_(object), path_(std::move(path)), status_(status) {
  if (!object_.is_object()) {
    Fail("`" + path_ + "` must be a map of fields, not " + object_.type_name());
  }
}

void SpecReader::Fail(std::string message) {
  if (status_->ok()) *status_ = Status(ErrorCode::kInvalidArgument, std::move(message));
}

std::string SpecReader::Path(std::string_view name) const {
  return path_ + "." + std::string(name);
}

std::string SpecReader::Text(std::string_view name, bool required, const TextRule& rule) {
  const Json* field = FindField(object_, name);
  if (field != nullptr) return TextOf(*field, Path(name), rule);
  if (required) Fail("`" + Path(name) + "` must be set");
  return {};
}

std::string SpecReader::TextOf(const Json& value, const std::string& path, const TextRule& rule) {
  if (!value.is_string()) {
    Fail("`" + path + "` must be text, not " + value.type_name() + "; put it in quotes");
    return {};
  }
  const auto& text = value.get_ref<const std::string&>();
  if (text.size() < rule.min_bytes || text.size() > rule.max_bytes) {
    Fail("`" + path + "` must have " + std::to_string(rule.min_bytes) + " to " +
         std::to_string(rule.max_bytes) + " characters, not " + std::to_string(text.size()));
    return {};
  }
  if (rule.form != nullptr && !rule.form(text)) {
    Fail("`" + path + "` is '" + text + "'; it must be " + std::string(rule.form_text));
    return {};
  }
  return text;
}

std::optional<int64_t> SpecReader::Integer(std::string_view name, const IntegerRule& rule) {
  const Json* field = FindField(object_, name);
  if (field == nullptr) return std::nullopt;
  const bool whole = field->is_number_integer() &&
                     (!field->is_number_unsigned() || field->get<uint64_t>() <= INT64_MAX);
  if (!whole) {
    Fail("`" + Path(name) + "` must be a whole number");
    return std::nullopt;
  }
  const int64_t value = field->get<int64_t>();
  if (value < rule.min || value > rule.max) {
    Fail("`" + Path(name) + "` is " + std::to_string(value) + "; it must be between " +
         std::to_string(rule.min) + " and " + std::to_string(rule.max));
    return std::nullopt;
  }
  return value;
}

bool SpecReader::Bool(std::string_view name, bool fallback) {
  const Json* field = FindField(object_, name);
  if (field == nullptr) return fallback;
  if (!field->is_boolean()) {
    Fail("`" + Path(name) + "` must be true or false");
    return fallback;
  }
  return field->get<bool>();
}

std::string SpecReader::Choice(std::string_view name,
                               const std::vector<std::string_view>& choices) {
  const Json* field = FindField(object_, name);
  if (field == nullptr) return std::string(choices.front());
  const bool known =
      field->is_string() && std::find(choices.begin(), choices.end(),
                                      field->get_ref<const std::string&>()) != choices.end();
  if (known) return field->get<std::string>();
  std::string allowed;
  for (std::string_view choice : choices) {
    allowed += (allowed.empty() ? "'" : ", '") + std::string(choice) + "'";
  }
  Fail("`" + Path(name) + "` is " + field->dump() + "; it must be one of " + allowed);
  return std::string(choices.front());
}

SpecReader SpecReader::Part(std::string_view name, bool required) {
  if (required && !Has(name)) Fail("`" + Path(name) + "` must be set");
  return {FieldOrEmpty(object_, name), Path(name), status_};
}

void SpecReader::Each(
    std::string_view name, size_t max_size,
    const std::function<void(const Json& element, const std::string& path)>& read) {
  const Json* list = FindField(object_, name);
  if (list == nullptr) return;
  if (!list->is_array() || list->empty() || list->size() > max_size) {
    Fail("`" + Path(name) + "` must be a list of 1 to " + std::to_string(max_size) + " elements");
    return;
  }
  for (size_t i = 0; i < list->size(); ++i) {
    read((*list)[i], Path(name) + "[" + std::to_string(i) + "]");
  }
}

void SpecReader::AllowOnly(const std::vector<std::string_view>& names) {
  if (!object_.is_object()) return;
  for (const auto& [name, value] : object_.items()) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      Fail("`" + Path(name) + "` is not a field of OffsetReset");
    }
  }
}

}  // namespace rewindmq::api
