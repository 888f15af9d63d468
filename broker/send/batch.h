#pragma once
// The body of a batch send: items one behind the other (MessageDecoder.encodeMessage): total size
// 4, magic 4, body CRC 4, flag 4, body length 4 and body, properties length 2 and properties.

#include <cstdint>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace rewindmq::broker {

struct BatchItem {
  int32_t flag = 0;
  std::string_view body;
  std::string_view properties;
};

inline constexpr size_t kMaxBatchItems = 32'768;

// kInvalidArgument for an empty batch, or an item whose lengths do not add up.
Result<std::vector<BatchItem>> DecodeBatch(std::string_view body);

}  // namespace rewindmq::broker
