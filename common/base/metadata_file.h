#pragma once
// Small JSON files that a server cannot do without: topics, groups, offsets (RocketMQ's
// ConfigManager). They are replaced as a whole, carry a checksum, and keep their previous copy as
// path.bak.
//
// The checksum is the last member of the object, "crc32", which Java passes over; a file without it
// (written by Java, or by hand) is accepted as it is.
// Thread safety: one writer a path at a time.

#include <string>
#include <string_view>

#include "common/base/file_system.h"
#include "common/base/log.h"
#include "common/base/status.h"

namespace rewindmq {

// The text of a JSON object with its checksum added; `text` must end with the object's brace.
std::string SealMetadata(std::string_view text);
// The text without its checksum. kCorruption when they do not belong together.
Result<std::string> UnsealMetadata(std::string_view text);

// Durable when it returns Ok, without effect when it fails.
Status SaveMetadataFile(FileSystem& files, const std::string& path, std::string_view text);

// Moves a file that its previous copy replaces to path.damaged, where nothing will overwrite it.
void KeepDamaged(FileSystem& files, const std::string& path);

// Reads the file, or its previous copy when it is missing, empty or damaged. Both missing is
// kNotFound: a new server. `decode` turns the text into a Result<T>; a file larger than limit_bytes
// counts as damaged.
template <typename T, typename Decode>
Result<T> LoadMetadataFile(FileSystem& files, const std::string& path, Decode decode,
                           size_t limit_bytes = kFileLimitBytes) {
  Status first_error;
  for (const std::string& candidate : {path, path + ".bak"}) {
    Result<std::string> text = files.Read(candidate, limit_bytes);
    if (text.ok()) text = UnsealMetadata(*text);
    Result<T> value = text.ok() ? Result<T>(decode(*text)) : Result<T>(text.status());
    if (value.ok()) {
      if (candidate != path) KeepDamaged(files, path);
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
