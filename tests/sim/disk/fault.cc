#include "tests/sim/disk/fault.h"

#include <array>

namespace rewindmq::sim {

std::string_view IoKindName(IoKind kind) {
  static constexpr std::array<std::string_view, kIoKinds> kNames = {
      "read",         "write", "sync file",   "link", "rename",       "remove",
      "remove all",   "mkdir", "sync folder", "list", "open segment", "reserve",
      "sync segment", "cut",   "unlink",      "lock", "usage",        "sync all"};
  return kNames.at(static_cast<size_t>(kind));
}

}  // namespace rewindmq::sim
