#pragma once
// Builds commit-log records byte by byte from the description of the format, so that the decoder is
// tested against something else than itself.

#include <cstdint>
#include <string>

#include "common/base/bytes.h"
#include "common/base/crc32.h"
#include "common/protocol/properties_text.h"

namespace rewindmq::client {

struct RecordFields {
  std::string topic = "T";
  std::string body = "hello";
  std::string properties = {};
  int32_t queue_id = 0;
  int64_t queue_offset = 0;
  int64_t store_timestamp_ms = 0;
  int32_t sys_flag = 0;
  bool version_2 = false;
};

inline std::string RecordBytes(const RecordFields& fields) {
  std::string rest;
  AppendBe<uint32_t>(&rest, fields.version_2 ? 0xDAA320AB : 0xDAA320A7);
  AppendBe<int32_t>(&rest, JavaCrc32(fields.body));
  AppendBe<int32_t>(&rest, fields.queue_id);
  AppendBe<int32_t>(&rest, 0);  // flag
  AppendBe<int64_t>(&rest, fields.queue_offset);
  AppendBe<int64_t>(&rest, fields.queue_offset * 1000);  // physical offset
  AppendBe<int32_t>(&rest, fields.sys_flag);
  AppendBe<int64_t>(&rest, fields.store_timestamp_ms);  // born
  rest.append((fields.sys_flag & 0x10) != 0 ? 20 : 8, '\0');
  AppendBe<int64_t>(&rest, fields.store_timestamp_ms);
  rest.append((fields.sys_flag & 0x20) != 0 ? 20 : 8, '\0');
  AppendBe<int32_t>(&rest, 0);  // times consumed
  AppendBe<int64_t>(&rest, 0);  // prepared message
  AppendBe<int32_t>(&rest, static_cast<int32_t>(fields.body.size()));
  rest += fields.body;
  if (fields.version_2) {
    AppendBe<int16_t>(&rest, static_cast<int16_t>(fields.topic.size()));
  } else {
    AppendBe<uint8_t>(&rest, static_cast<uint8_t>(fields.topic.size()));
  }
  rest += fields.topic;
  AppendBe<int16_t>(&rest, static_cast<int16_t>(fields.properties.size()));
  rest += fields.properties;
  std::string record;
  AppendBe<int32_t>(&record, static_cast<int32_t>(rest.size() + 4));
  return record + rest;
}

}  // namespace rewindmq::client
