#include "broker/send/recall_handle.h"

#include <optional>
#include <vector>

#include "common/base/parse.h"

namespace rewindmq::broker {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kVersion = "v1";
constexpr size_t kMaxHandleBytes = 4096;

std::string ToBase64Url(std::string_view bytes) {
  std::string text;
  uint32_t bits = 0;
  int count = 0;
  for (char c : bytes) {
    bits = bits << 8 | static_cast<uint8_t>(c);
    for (count += 8; count >= 6; count -= 6) text += kAlphabet[bits >> (count - 6) & 63];
  }
  if (count > 0) text += kAlphabet[bits << (6 - count) & 63];
  while (text.size() % 4 != 0) text += '=';
  return text;
}

std::optional<std::string> FromBase64Url(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string bytes;
  uint32_t bits = 0;
  int count = 0;
  for (char c : text) {
    size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 0xFF);
  }
  return bytes;
}

}  // namespace

std::string EncodeRecallHandle(const RecallHandle& handle) {
  return ToBase64Url(std::string(kVersion) + " " + handle.topic + " " + handle.broker_name + " " +
                     std::to_string(handle.timestamp_ms) + " " + handle.unique_key);
}

Result<RecallHandle> DecodeRecallHandle(std::string_view text) {
  Status invalid(ErrorCode::kInvalidArgument, "recall handle is invalid");
  if (text.empty() || text.size() > kMaxHandleBytes) return invalid;
  std::optional<std::string> raw = FromBase64Url(text);
  if (!raw) return invalid;
  std::vector<std::string> items = SplitTrimmed(*raw, ' ');
  if (items.size() < 5 || items[0] != kVersion) return invalid;
  RecallHandle handle{items[1], items[2], 0, items[4]};
  Result<int64_t> timestamp = ParseInt64(items[3], "timestamp");
  // As Java reads it: a time that is none has passed.
  handle.timestamp_ms = timestamp.ok() ? *timestamp : -1;
  return handle;
}

}  // namespace rewindmq::broker
