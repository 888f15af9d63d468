#include "broker/store/deleted_topics.h"

#include <algorithm>

#include "broker/store/queue_name.h"
#include "common/base/file.h"
#include "common/base/parse.h"

namespace rewindmq::store {

Status DeletedTopics::Load() {
  Result<std::string> content = ReadFile(path_);
  if (!content.ok() && content.status().code() == ErrorCode::kNotFound) return Status::Ok();
  if (!content.ok()) return content.status();
  for (const std::string& line : SplitTrimmed(*content, '\n')) {
    size_t space = line.find(' ');
    std::string topic = line.substr(0, space);
    Result<int64_t> end =
        ParseInt64(space == std::string::npos ? "" : line.substr(space + 1), "offset");
    if (!end.ok() || !CheckQueueName(topic, 0).ok()) {
      return Status(ErrorCode::kCorruption, path_ + ": '" + line +
                                                "' is no topic and offset; restore the file from " +
                                                path_ + ".bak");
    }
    ends_[topic] = *end;
  }
  return Status::Ok();
}

Status DeletedTopics::Add(std::string_view topic, int64_t log_end) {
  ends_[std::string(topic)] = log_end;
  std::string content;
  for (const auto& [name, end] : ends_) content += name + " " + std::to_string(end) + "\n";
  return ReplaceFile(path_, content);
}

bool DeletedTopics::Contains(std::string_view topic, int64_t physical_offset) const {
  auto found = ends_.find(topic);
  return found != ends_.end() && physical_offset < found->second;
}

void DeletedTopics::Forget(int64_t log_min) {
  std::erase_if(ends_, [log_min](const auto& entry) { return entry.second <= log_min; });
}

}  // namespace rewindmq::store
