#include "common/base/java_hash.h"

namespace rewindmq {
namespace {

constexpr uint32_t kReplacement = 0xFFFD;
constexpr uint32_t kJavaHashFactor = 31;

struct Decoded {
  uint32_t code_point;
  size_t bytes;
};

// The code point at the front of a non-empty text; a byte that starts none counts alone.
Decoded DecodeUtf8(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  uint8_t first = byte(0);
  if (first < 0x80) return {first, 1};
  size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return {kReplacement, 1};
  uint32_t code_point = first & (0xFFU >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {kReplacement, 1};
    code_point = (code_point << 6) | (byte(i) & 0x3FU);
  }
  bool overlong = (length == 3 && code_point < 0x800) || (length == 4 && code_point < 0x10000);
  bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (overlong || surrogate || code_point > 0x10FFFF) return {kReplacement, 1};
  return {code_point, length};
}

}  // namespace

int32_t JavaStringHash(std::string_view utf8) {
  uint32_t hash = 0;
  while (!utf8.empty()) {
    Decoded decoded = DecodeUtf8(utf8);
    utf8.remove_prefix(decoded.bytes);
    if (decoded.code_point < 0x10000) {
      hash = hash * kJavaHashFactor + decoded.code_point;
      continue;
    }
    uint32_t above = decoded.code_point - 0x10000;
    hash = hash * kJavaHashFactor + (0xD800 + (above >> 10));
    hash = hash * kJavaHashFactor + (0xDC00 + (above & 0x3FF));
  }
  return static_cast<int32_t>(hash);
}

}  // namespace rewindmq
