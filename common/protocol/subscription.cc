#include "common/protocol/subscription.h"

#include <algorithm>

#include "common/base/java_hash.h"
#include "common/base/parse.h"

namespace rewindmq::protocol {

Result<SubscriptionData> MakeSubscription(const std::string& topic, const std::string& expression,
                                          int64_t version) {
  SubscriptionData data;
  data.topic = topic;
  data.sub_version = version;
  std::string_view wanted = Trim(expression);
  if (wanted.empty()) wanted = "*";
  data.sub_string = std::string(wanted);
  if (wanted == "*") return data;
  // Splitting at single bars gives the same tags: the parts between two of them are empty.
  data.tags_set = SplitTrimmed(data.sub_string, '|');
  if (data.tags_set.empty()) {
    return Status(ErrorCode::kInvalidArgument, std::string("subscription '") + expression +
                                                   "' of topic " + topic +
                                                   " names no tag; use * or TagA || TagB");
  }
  for (const std::string& tag : data.tags_set) data.code_set.push_back(JavaStringHash(tag));
  return data;
}

bool Matches(const SubscriptionData& subscription, std::string_view tag) {
  const auto& tags = subscription.tags_set;
  return tags.empty() || std::find(tags.begin(), tags.end(), tag) != tags.end();
}

}  // namespace rewindmq::protocol
