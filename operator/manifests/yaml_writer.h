#pragma once
// JSON values as YAML that people like to read: maps and lists as blocks, rows of tables as one
// line each. Pure.

#include <string>

#include "operator/api/json_fields.h"

namespace rewindmq::manifests {

// "key: value" with everything below it indented, newline at the end.
std::string WriteYaml(const std::string& key, const api::Json& value);

}  // namespace rewindmq::manifests
