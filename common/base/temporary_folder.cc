#include "common/base/temporary_folder.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace rewindmq {

Result<TemporaryFolder> TemporaryFolder::Make() {
  std::error_code error;
  std::filesystem::path place = std::filesystem::temp_directory_path(error);
  if (error) return Status(ErrorCode::kUnavailable, "no temporary folder: " + error.message());
  std::string path = (place / "rewindmq_XXXXXX").string();
  if (::mkdtemp(path.data()) == nullptr) {
    return Status(ErrorCode::kUnavailable, "cannot make a folder in " + place.string() + ": " +
                                               std::strerror(errno) + "; set TMPDIR");
  }
  return TemporaryFolder(std::move(path));
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace rewindmq
