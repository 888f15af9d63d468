#pragma once
// Reads an OffsetReset's spec by the rules of the CRD's schema and remembers the first thing that
// is wrong, by the path of the field, so that one read may be checked at its end. In Kubernetes the
// API server has checked all this already; a manifest in a folder nobody has. Pure.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "operator/api/json_fields.h"

namespace rewindmq::api {

struct TextRule {
  size_t min_bytes = 1;
  size_t max_bytes = 0;
  // True when the text is well formed, and what it must look like when it is not.
  bool (*form)(std::string_view) = nullptr;
  std::string_view form_text;
};

struct IntegerRule {
  int64_t min = 0;
  int64_t max = 0;
};

class SpecReader {
 public:
  // `object` and `status` outlive the reader. Readers of parts share the status of the whole.
  SpecReader(const Json& object, std::string path, Status* status);

  bool Has(std::string_view name) const { return FindField(object_, name) != nullptr; }
  std::string Text(std::string_view name, bool required, const TextRule& rule);
  std::optional<int64_t> Integer(std::string_view name, const IntegerRule& rule);
  bool Bool(std::string_view name, bool fallback);
  // One of `choices`, whose first is the default.
  std::string Choice(std::string_view name, const std::vector<std::string_view>& choices);
  // A reader of the field, which must be an object; of an empty object when it is absent.
  SpecReader Part(std::string_view name, bool required = false);
  // Calls `read` for each element of the list, which has 1 to `max_size` elements.
  void Each(std::string_view name, size_t max_size,
            const std::function<void(const Json& element, const std::string& path)>& read);
  // Reads a text that is an element of a list.
  std::string TextOf(const Json& value, const std::string& path, const TextRule& rule);
  // An error for every field that is none of these: a typing error must not be ignored.
  void AllowOnly(const std::vector<std::string_view>& names);

  void Fail(std::string message);
  bool ok() const { return status_->ok(); }
  std::string Path(std::string_view name) const;

 private:
  const Json& object_;
  std::string path_;
  Status* status_;
};

}  // namespace rewindmq::api
