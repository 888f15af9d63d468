#include "common/base/parse.h"

#include <strings.h>

namespace rewindmq {

Result<bool> ParseBool(std::string_view text, std::string_view field) {
  std::string copy(text);
  if (strcasecmp(copy.c_str(), "true") == 0) return true;
  if (strcasecmp(copy.c_str(), "false") == 0) return false;
  return Status(ErrorCode::kInvalidArgument,
                std::string(field) + " is '" + copy + "'; it must be true or false");
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::vector<std::string> SplitTrimmed(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    size_t end = text.find(separator);
    std::string_view part = Trim(text.substr(0, end));
    if (!part.empty()) parts.emplace_back(part);
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

}  // namespace rewindmq
