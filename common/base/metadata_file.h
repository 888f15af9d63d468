#pragma once
// Reads a small metadata file that ReplaceFile wrote, or its previous copy when the file is
// missing, empty or damaged (ConfigManager.load). Both missing is kNotFound: a new broker. Thread
// safety: none needed.

#include <string>

#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/status.h"

namespace rewindmq {

// `decode` turns the text into a Result<T>; a file larger than limit_bytes counts as damaged.
template <typename T, typename Decode>
Result<T> LoadMetadataFile(const std::string& path, Decode decode,
                           size_t limit_bytes = 256U << 20) {
  Status first_error;
  for (const std::string& candidate : {path, path + ".bak"}) {
    Result<std::string> text = ReadFile(candidate, limit_bytes);
    Result<T> value = text.ok() ? Result<T>(decode(*text)) : Result<T>(text.status());
    if (value.ok()) {
      if (candidate != path) spdlog::warn("{} is used in place of {}", candidate, path);
      return value;
    }
    if (value.status().code() != ErrorCode::kNotFound) {
      spdlog::warn("{} cannot be used: {}", candidate, value.status().message());
    }
    bool replace = first_error.ok() || first_error.code() == ErrorCode::kNotFound;
    if (replace) first_error = value.status().WithContext(candidate);
  }
  return first_error;
}

}  // namespace rewindmq
