#include "client/subscription.h"

#include <algorithm>

#include "common/base/parse.h"

namespace rewindmq::client {
namespace {

constexpr uint32_t kReplacement = 0xFFFD;

// Takes the next code point off; a broken sequence gives the replacement character, as in Java.
uint32_t TakeCodePoint(std::string_view* rest) {
  auto byte = static_cast<uint8_t>(rest->front());
  rest->remove_prefix(1);
  if (byte < 0x80) return byte;
  size_t more = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : byte >= 0xC2 ? 1 : 0;
  if (more == 0 || byte > 0xF4) return kReplacement;
  uint32_t value = byte & (0x3FU >> more);
  for (size_t i = 0; i < more; ++i) {
    if (rest->empty()) return kReplacement;
    auto next = static_cast<uint8_t>(rest->front());
    if ((next & 0xC0) != 0x80) return kReplacement;
    value = (value << 6) | (next & 0x3FU);
    rest->remove_prefix(1);
  }
  return value;
}

}  // namespace

int32_t JavaStringHash(std::string_view utf8) {
  uint32_t hash = 0;
  while (!utf8.empty()) {
    uint32_t point = TakeCodePoint(&utf8);
    if (point >= 0x10000) {
      hash = hash * 31 + (0xD800 + ((point - 0x10000) >> 10));
      point = 0xDC00 + ((point - 0x10000) & 0x3FF);
    }
    hash = hash * 31 + point;
  }
  return static_cast<int32_t>(hash);
}

Result<protocol::SubscriptionData> MakeSubscription(const std::string& topic,
                                                    const std::string& expression,
                                                    int64_t version) {
  protocol::SubscriptionData data;
  data.topic = topic;
  data.sub_version = version;
  data.sub_string = std::string(Trim(expression));
  if (data.sub_string.empty() || data.sub_string == "*") {
    data.sub_string = "*";
    return data;
  }
  // Splitting at single bars gives the same tags: the parts between two of them are empty.
  data.tags_set = SplitTrimmed(data.sub_string, '|');
  if (data.tags_set.empty()) {
    return Status(ErrorCode::kInvalidArgument, "subscription '" + expression + "' of topic " +
                                                   topic + " names no tag; use * or TagA || TagB");
  }
  for (const std::string& tag : data.tags_set) data.code_set.push_back(JavaStringHash(tag));
  return data;
}

bool Matches(const protocol::SubscriptionData& subscription, std::string_view tag) {
  const auto& tags = subscription.tags_set;
  return tags.empty() || std::find(tags.begin(), tags.end(), tag) != tags.end();
}

}  // namespace rewindmq::client
