#pragma once
// Files of YAML documents as JSON, and new texts of them with another status. Everything outside
// the `status:` block, comments included, stays as its author wrote it. Pure. This is the one place
// of the operator's manifests that knows yaml-cpp, whose exceptions end here.

#include <string>
#include <vector>

#include "common/base/status.h"
#include "operator/api/json_fields.h"

namespace rewindmq::manifests {

// More than this is no manifest; it bounds what aliases can blow up to.
inline constexpr size_t kMaxNodes = 30'000;

struct YamlDocument {
  std::string marker;  // the "---" line before it, with its newline; empty for the first
  std::string text;    // from behind the marker up to the next one
  size_t first_line = 1;
  api::Json value;  // null for a document of comments only
};

// kInvalidArgument says "line 3: what is wrong".
Result<std::vector<YamlDocument>> ParseDocuments(const std::string& text);

// The document's text with this status instead of its own. kInvalidArgument when it is not written
// in block style with its keys at the line's beginning, so that its text cannot be edited.
Result<std::string> WithStatus(const YamlDocument& document, const api::Json& status);

}  // namespace rewindmq::manifests
