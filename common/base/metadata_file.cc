#include "common/base/metadata_file.h"

#include "common/base/crc32.h"

namespace rewindmq {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kBeforeSum = "\n\t\"crc32\":\"";
constexpr std::string_view kBehindSum = "\"\n}";
constexpr size_t kSumDigits = 8;
constexpr size_t kSealBytes = kBeforeSum.size() + kSumDigits + kBehindSum.size();

std::string_view TrimEnd(std::string_view text) {
  size_t last = text.find_last_not_of(kSpace);
  return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

std::string HexSum(std::string_view members) { return fmt::format("{:08x}", Crc32(members)); }

}  // namespace

std::string SealMetadata(std::string_view text) {
  std::string_view object = TrimEnd(text);
  std::string_view members = TrimEnd(object.substr(0, object.size() - 1));
  std::string sealed(members);
  if (members.back() != '{') sealed += ',';
  return sealed.append(kBeforeSum).append(HexSum(members)).append(kBehindSum);
}

Result<std::string> UnsealMetadata(std::string_view text) {
  std::string_view object = TrimEnd(text);
  if (object.size() < kSealBytes) return std::string(text);
  std::string_view seal = object.substr(object.size() - kSealBytes);
  if (!seal.starts_with(kBeforeSum) || !seal.ends_with(kBehindSum)) return std::string(text);
  std::string_view members = object.substr(0, object.size() - kSealBytes);
  if (members.ends_with(',')) members.remove_suffix(1);
  if (seal.substr(kBeforeSum.size(), kSumDigits) != HexSum(members)) {
    return Status(ErrorCode::kCorruption,
                  "its checksum is not that of its content: it is damaged, or was edited by hand; "
                  "to use an edited file take its last member, crc32, out");
  }
  return std::string(members) + "\n}";
}

void KeepDamaged(FileSystem& files, const std::string& path) {
  spdlog::warn("{}.bak is used in place of {}", path, path);
  if (!files.Exists(path)) return;
  if (Status moved = files.Rename(path, path + ".damaged"); !moved.ok()) {
    spdlog::warn("the damaged file stays in place: {}", moved.message());
  }
}

Status SaveMetadataFile(FileSystem& files, const std::string& path, std::string_view text) {
  return ReplaceFile(files, path, SealMetadata(text));
}

}  // namespace rewindmq
