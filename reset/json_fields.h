#pragma once
// Reads and writes single fields of a JSON object whose types are not to be trusted. A missing or
// null field is no error; a wrong type is, named by its path. Pure.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/status.h"

namespace rewindmq::reset {

using Json = nlohmann::ordered_json;

// Null when `object` is no object or has no such field, or the field is null.
const Json* FindField(const Json& object, std::string_view name);
// FindField, or a shared empty object.
const Json& FieldOrEmpty(const Json& object, std::string_view name);

// Each leaves *out as it is when the field is missing. kInvalidArgument names path and type.
Status ReadField(const Json& object, std::string_view name, std::string* out);
Status ReadField(const Json& object, std::string_view name, int64_t* out);
Status ReadField(const Json& object, std::string_view name, int32_t* out);
Status ReadField(const Json& object, std::string_view name, std::optional<int64_t>* out);
Status ReadField(const Json& object, std::string_view name, std::optional<int32_t>* out);
// RFC 3339 text as milliseconds since 1970.
Status ReadTime(const Json& object, std::string_view name, int64_t* out_ms);
Status ReadTime(const Json& object, std::string_view name, std::optional<int64_t>* out_ms);

// An absent value removes the field.
template <typename T>
void WriteField(Json* object, const char* name, const std::optional<T>& value) {
  if (value.has_value()) {
    (*object)[name] = *value;
  } else {
    object->erase(name);
  }
}
// An empty text removes the field. Longer texts are cut at `max_bytes`, between characters: the
// schema's limit, past which the API server would refuse the whole status.
void WriteText(Json* object, const char* name, std::string_view text, size_t max_bytes);
void WriteTime(Json* object, const char* name, const std::optional<int64_t>& time_ms);

// A missing list is no error and adds nothing. `read` makes a Result<T> of an entry.
template <typename T, typename Read>
Status ReadList(const Json& object, std::string_view name, Read read, std::vector<T>* out) {
  const Json* list = FindField(object, name);
  if (list == nullptr) return Status::Ok();
  if (!list->is_array()) {
    return {ErrorCode::kInvalidArgument, "`" + std::string(name) + "` must be a list"};
  }
  for (const Json& entry : *list) {
    REWIND_TRY_ASSIGN(T value, read(entry));
    out->push_back(std::move(value));
  }
  return Status::Ok();
}

// An empty list removes the field.
template <typename T, typename Write>
void WriteList(Json* object, const char* name, Write write, const std::vector<T>& values) {
  object->erase(name);
  if (values.empty()) return;
  Json list = Json::array();
  for (const T& value : values) list.push_back(write(value));
  (*object)[name] = std::move(list);
}

}  // namespace rewindmq::reset
