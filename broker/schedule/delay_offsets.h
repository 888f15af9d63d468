#pragma once
// How far the messages of each delay level have been delivered: config/delayOffset.json and the
// answer to code 45 (DelayOffsetSerializeWrapper): {"dataVersion":{…},"offsetTable":{1:5,2:7}}.
// 4.x has no dataVersion and passes it over. Pure.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/protocol/data_version.h"

namespace rewindmq::broker {

struct DelayOffsets {
  protocol::DataVersion data_version;
  std::map<int32_t, int64_t> by_level;  // the next offset to deliver

  bool operator==(const DelayOffsets&) const = default;
};

std::string EncodeDelayOffsets(const DelayOffsets& offsets);
Result<DelayOffsets> DecodeDelayOffsets(std::string_view text);

}  // namespace rewindmq::broker
