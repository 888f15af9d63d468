#pragma once
// The version of a table (DataVersion): two parties hold the same table when all three numbers are
// equal; which one is newer cannot be told. Thread safety: a plain value.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace rewindmq::protocol {

struct DataVersion {
  int64_t timestamp_ms = 0;
  int64_t counter = 0;
  int64_t state_version = 0;  // 5.x: the controller's epoch; 0 without one

  bool operator==(const DataVersion&) const = default;

  // The table has changed.
  void Next(int64_t now_ms) {
    timestamp_ms = now_ms;
    // Read from files and peers, it may be the largest there is; Java's wraps too.
    counter = static_cast<int64_t>(static_cast<uint64_t>(counter) + 1);
  }
};

std::string EncodeDataVersion(const DataVersion& version);
Result<DataVersion> DecodeDataVersion(std::string_view text);
Result<DataVersion> DataVersionFromJson(const nlohmann::json& object);

}  // namespace rewindmq::protocol
