#include "operator/kube/base64.h"

#include <cstdint>

namespace rewindmq::kube {
namespace {

constexpr int kBitsPerCharacter = 6;

// The character's six bits, or -1.
int ValueOf(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

Status NotBase64(size_t position) {
  return {ErrorCode::kInvalidArgument,
          "is not base64 (character " + std::to_string(position + 1) + ")"};
}

}  // namespace

Result<std::string> DecodeBase64(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size() / 4 * 3);
  uint32_t bits = 0;
  int bit_count = 0;
  size_t characters = 0;
  size_t padding = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '\n' || c == '\r' || c == ' ' || c == '\t') continue;
    ++characters;
    if (c == '=') {
      ++padding;
      continue;
    }
    int value = ValueOf(c);
    if (value < 0 || padding > 0) return NotBase64(i);
    bits = bits << kBitsPerCharacter | static_cast<uint32_t>(value);
    bit_count += kBitsPerCharacter;
    if (bit_count < 8) continue;
    bit_count -= 8;
    decoded.push_back(static_cast<char>(bits >> bit_count & 0xFFU));
    bits &= (1U << bit_count) - 1;
  }
  if (characters % 4 != 0 || padding > 2 || bits != 0) return NotBase64(text.size());
  return decoded;
}

}  // namespace rewindmq::kube
