#pragma once
// The extension fields of a command: short names to text values, as views into the frame they came
// from. At most kMaxFields; no allocation. Valid as long as the frame's bytes.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/parse.h"
#include "common/base/status.h"

namespace rewindmq::protocol {

// Three times what the largest known header carries; more is a broken or hostile peer.
inline constexpr size_t kMaxFields = 64;

struct Field {
  std::string_view name;
  std::string_view value;
};

class Fields {
 public:
  Fields() = default;
  Fields(const Fields& other) { *this = other; }
  Fields& operator=(const Fields& other) {
    size_ = other.size_;
    std::copy(other.begin(), other.end(), entries());
    return *this;
  }

  bool Add(std::string_view name, std::string_view value) {
    if (size_ == kMaxFields) return false;
    new (entries() + size_++) Field{name, value};
    return true;
  }
  const Field* begin() const { return reinterpret_cast<const Field*>(storage_.data()); }
  const Field* end() const { return begin() + size_; }
  size_t size() const { return size_; }
  void Clear() { size_ = 0; }

  // Null when the field is absent.
  const std::string_view* Find(std::string_view name) const {
    for (const Field& field : *this) {
      bool alike = field.name.size() == name.size() && !name.empty() && field.name[0] == name[0];
      if (alike && (name.size() == 1 || field.name == name)) return &field.value;
    }
    return nullptr;
  }

 private:
  Field* entries() { return reinterpret_cast<Field*>(storage_.data()); }

  // Not initialised: a command has a dozen fields, and clearing room for all would cost as much as
  // reading them.
  alignas(Field) std::array<std::byte, kMaxFields * sizeof(Field)> storage_;
  size_t size_ = 0;
};

// Reads a typed header out of fields and remembers the first thing that was wrong, as Java's
// decodeCommandCustomHeader does: a required field that is missing, or a value of the wrong form.
class FieldReader {
 public:
  explicit FieldReader(const Fields& fields) : fields_(fields) {}

  std::string_view Text(std::string_view name) {
    const std::string_view* value = Required(name);
    return value == nullptr ? std::string_view() : *value;
  }
  int32_t Int32(std::string_view name) { return Integer<int32_t>(Required(name), name, 0); }
  int64_t Int64(std::string_view name) { return Integer<int64_t>(Required(name), name, 0); }
  bool Bool(std::string_view name) { return Truth(Required(name), name, false); }

  std::string_view TextOr(std::string_view name, std::string_view fallback) {
    const std::string_view* value = fields_.Find(name);
    return value == nullptr ? fallback : *value;
  }
  int32_t Int32Or(std::string_view name, int32_t fallback) {
    return Integer<int32_t>(fields_.Find(name), name, fallback);
  }
  int64_t Int64Or(std::string_view name, int64_t fallback) {
    return Integer<int64_t>(fields_.Find(name), name, fallback);
  }
  bool BoolOr(std::string_view name, bool fallback) {
    return Truth(fields_.Find(name), name, fallback);
  }

  const Status& status() const { return status_; }

 private:
  const std::string_view* Required(std::string_view name) {
    const std::string_view* value = fields_.Find(name);
    if (value == nullptr && status_.ok()) {
      status_ = Status(ErrorCode::kInvalidArgument,
                       "the custom field <" + std::string(name) + "> is null");
    }
    return value;
  }

  template <typename T>
  T Integer(const std::string_view* text, std::string_view name, T fallback) {
    if (text == nullptr) return fallback;
    Result<T> value = ParseInteger<T>(*text, name);
    if (value.ok()) return *value;
    if (status_.ok()) status_ = value.status();
    return fallback;
  }

  bool Truth(const std::string_view* text, std::string_view name, bool fallback) {
    if (text == nullptr) return fallback;
    Result<bool> value = ParseBool(*text, name);
    if (value.ok()) return *value;
    if (status_.ok()) status_ = value.status();
    return fallback;
  }

  const Fields& fields_;
  Status status_;
};

}  // namespace rewindmq::protocol
