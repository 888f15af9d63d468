#include "tests/live/load/pattern.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "common/base/crc32.h"

namespace rewindmq::live {
namespace {

constexpr size_t kCrcDigits = 8;

}  // namespace

std::string MakeBody(const Origin& origin, size_t bytes) {
  bytes = std::max(bytes, kMinBodyBytes);
  std::string head = std::to_string(origin.producer) + ":" + std::to_string(origin.seq) + ":" +
                     std::to_string(bytes) + "|";
  std::string body;
  body.reserve(bytes + head.size());
  while (body.size() < bytes - kCrcDigits) body += head;
  body.resize(bytes - kCrcDigits);
  char digits[kCrcDigits + 1];
  std::snprintf(digits, sizeof digits, "%08x", Crc32(body));
  return body + digits;
}

std::optional<Origin> ReadBody(std::string_view body) {
  // Copied, because sscanf reads up to a zero byte.
  std::string head(body.substr(0, kMinBodyBytes));
  Origin origin;
  size_t bytes = 0;
  if (std::sscanf(head.c_str(), "%" SCNd32 ":%" SCNd64 ":%zu|", &origin.producer, &origin.seq,
                  &bytes) != 3 ||
      bytes != body.size() || MakeBody(origin, bytes) != body) {
    return std::nullopt;
  }
  return origin;
}

std::string UniqueId(const Origin& origin) {
  return "P" + std::to_string(origin.producer) + "S" + std::to_string(origin.seq);
}

}  // namespace rewindmq::live
