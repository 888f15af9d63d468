#pragma once
// CRC-32 of IEEE 802.3, the value of java.util.zip.CRC32, computed by isa-l at memory speed.

#include <cstdint>
#include <string_view>

namespace rewindmq {

// `seed` is the CRC of the bytes before these, so that parts may be fed one after another.
uint32_t Crc32(std::string_view bytes, uint32_t seed = 0);

// RocketMQ stores and compares CRCs without their sign bit (UtilAll.crc32).
inline int32_t JavaCrc32(std::string_view bytes) {
  return static_cast<int32_t>(Crc32(bytes) & 0x7FFFFFFFU);
}

}  // namespace rewindmq
