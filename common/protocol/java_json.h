#pragma once
// JSON as fastjson writes it, which is not JSON: maps may have integers or whole objects as keys,
// without quotes. `{{"queueId":3,"topic":"T"}:5}` and `{0:"a"}` are put into standard form first;
// an object key becomes its own compact text as a string.
// Hostile input is safe: depth, size and number of values are bounded, nothing throws.
// Thread safety: pure functions.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace rewindmq::protocol {

inline constexpr size_t kMaxJsonBytes = 64U << 20;
inline constexpr int kMaxJsonDepth = 32;
// A registration of 200,000 topics has fewer; an array of bare zeros in one frame has more.
inline constexpr size_t kMaxJsonValues = 2'000'000;

// kCorruption says what is wrong and at which byte.
Result<nlohmann::json> ParseJavaJson(std::string_view text);
// The same, and the text must be an object. Empty text is an error.
Result<nlohmann::json> ParseJavaObject(std::string_view text);

// The compact standard text of a parsed value; never throws, bad UTF-8 is replaced.
std::string DumpJson(const nlohmann::json& value);

// Reads the members of one object as fastjson's bean deserialiser does: absent and null members
// take the default, numbers and truth values may be quoted. The first member of a wrong type is
// remembered in status(). The object must outlive the reader.
class JsonMembers {
 public:
  explicit JsonMembers(const nlohmann::json& object);

  std::string Text(const char* key, std::string_view fallback = {});
  int64_t Int64(const char* key, int64_t fallback = 0);
  int32_t Int32(const char* key, int32_t fallback = 0);
  bool Bool(const char* key, bool fallback = false);
  double Double(const char* key, double fallback = 0);
  // An object or array; null when the member is absent or null.
  const nlohmann::json* Object(const char* key);
  const nlohmann::json* Array(const char* key);
  // The member whatever it is; null when it is absent or null.
  const nlohmann::json* Any(const char* key) const;

  // Remembers an error of a nested value.
  void Note(const Status& status) {
    if (status_.ok()) status_ = status;
  }
  const Status& status() const { return status_; }

 private:
  void WrongType(const char* key, const char* expected);

  const nlohmann::json& object_;
  Status status_;
};

}  // namespace rewindmq::protocol
