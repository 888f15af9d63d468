#pragma once
// What takes a timer message back (RecallMessageHandle): "v1 topic broker time id" in base64 with
// the URL alphabet, given to the producer with the answer to its send. Pure.

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace rewindmq::broker {

struct RecallHandle {
  std::string topic;
  std::string broker_name;
  int64_t timestamp_ms = 0;  // in the tick in which the message is stored for
  std::string unique_key;

  bool operator==(const RecallHandle&) const = default;
};

std::string EncodeRecallHandle(const RecallHandle& handle);
// kInvalidArgument with Java's wording.
Result<RecallHandle> DecodeRecallHandle(std::string_view text);

}  // namespace rewindmq::broker
