#include "reset/json_fields.h"

#include <limits>

#include "common/base/time_format.h"

namespace rewindmq::reset {
namespace {

Status WrongType(std::string_view name, std::string_view wanted, const Json& found) {
  return {ErrorCode::kInvalidArgument, "`" + std::string(name) + "` must be " +
                                           std::string(wanted) + ", not " + found.type_name()};
}

template <typename T>
Status ReadInteger(const Json& object, std::string_view name, T* out) {
  const Json* field = FindField(object, name);
  if (field == nullptr) return Status::Ok();
  if (!field->is_number_integer()) return WrongType(name, "a whole number", *field);
  const int64_t value = field->get<int64_t>();
  if (value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max()) {
    return {ErrorCode::kInvalidArgument, "`" + std::string(name) + "` is out of range"};
  }
  *out = static_cast<T>(value);
  return Status::Ok();
}

template <typename T>
Status ReadOptional(const Json& object, std::string_view name, std::optional<T>* out) {
  if (FindField(object, name) == nullptr) return Status::Ok();
  T value = 0;
  REWIND_TRY(ReadInteger(object, name, &value));
  *out = value;
  return Status::Ok();
}

}  // namespace

const Json* FindField(const Json& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  auto found = object.find(std::string(name));
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

const Json& FieldOrEmpty(const Json& object, std::string_view name) {
  static const Json kEmpty = Json::object();
  const Json* field = FindField(object, name);
  return field == nullptr ? kEmpty : *field;
}

Status ReadField(const Json& object, std::string_view name, std::string* out) {
  const Json* field = FindField(object, name);
  if (field == nullptr) return Status::Ok();
  if (!field->is_string()) return WrongType(name, "text", *field);
  *out = field->get_ref<const std::string&>();
  return Status::Ok();
}

Status ReadField(const Json& object, std::string_view name, int64_t* out) {
  return ReadInteger(object, name, out);
}
Status ReadField(const Json& object, std::string_view name, int32_t* out) {
  return ReadInteger(object, name, out);
}
Status ReadField(const Json& object, std::string_view name, std::optional<int64_t>* out) {
  return ReadOptional(object, name, out);
}
Status ReadField(const Json& object, std::string_view name, std::optional<int32_t>* out) {
  return ReadOptional(object, name, out);
}

Status ReadTime(const Json& object, std::string_view name, int64_t* out_ms) {
  std::string text;
  REWIND_TRY(ReadField(object, name, &text));
  if (text.empty()) return Status::Ok();
  Result<int64_t> time_ms = ParseRfc3339(text);
  if (!time_ms.ok()) return time_ms.status().WithContext("`" + std::string(name) + "`");
  *out_ms = *time_ms;
  return Status::Ok();
}

Status ReadTime(const Json& object, std::string_view name, std::optional<int64_t>* out_ms) {
  if (FindField(object, name) == nullptr) return Status::Ok();
  int64_t value_ms = 0;
  REWIND_TRY(ReadTime(object, name, &value_ms));
  *out_ms = value_ms;
  return Status::Ok();
}

void WriteText(Json* object, const char* name, std::string_view text, size_t max_bytes) {
  if (text.empty()) {
    object->erase(name);
    return;
  }
  if (text.size() > max_bytes) {
    size_t end = max_bytes;
    while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xC0U) == 0x80U) --end;
    text = text.substr(0, end);
  }
  (*object)[name] = std::string(text);
}

void WriteTime(Json* object, const char* name, const std::optional<int64_t>& time_ms) {
  if (time_ms.has_value()) {
    (*object)[name] = FormatRfc3339(*time_ms);
  } else {
    object->erase(name);
  }
}

}  // namespace rewindmq::reset
