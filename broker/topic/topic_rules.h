#pragma once
// What a topic may be like: its numbers of queues and rights, and its attributes of 5.x
// (TopicAttributes, AttributeUtil). Pure functions; kInvalidArgument has Java's wording where Java
// has one.

#include <map>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/protocol/topic_config.h"

namespace rewindmq::broker {

// Each queue has files of its own.
inline constexpr int32_t kMaxTopicQueues = 1024;

Status CheckTopicLimits(const protocol::TopicConfig& config);

// Changes as the tools name them: "+key" to set, "-key" to take away. All or none.
Status ChangeAttributes(const std::map<std::string, std::string>& changes, bool creating,
                        std::map<std::string, std::string>* attributes);
// The same from "+key=value,-key".
Status ChangeAttributes(std::string_view changes, bool creating,
                        std::map<std::string, std::string>* attributes);

}  // namespace rewindmq::broker
