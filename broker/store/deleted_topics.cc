#include "broker/store/deleted_topics.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "broker/store/queue_name.h"
#include "common/base/metadata_file.h"

namespace rewindmq::store {
namespace {

constexpr char kMember[] = "deletedTopics";

}  // namespace

Result<DeletedTopics::Ends> DeletedTopics::Decode(const std::string& text) {
  nlohmann::json document = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object() || !document.contains(kMember) || !document[kMember].is_object()) {
    return Status(ErrorCode::kCorruption, "it holds no deletedTopics");
  }
  Ends ends;
  for (const auto& [topic, end] : document[kMember].items()) {
    if (!end.is_number_integer() || !CheckQueueName(topic, 0).ok()) {
      return Status(ErrorCode::kCorruption, "'" + topic + "' is no topic with an offset");
    }
    ends[topic] = end.get<int64_t>();
  }
  return ends;
}

Status DeletedTopics::Load() {
  Result<Ends> loaded = LoadMetadataFile<Ends>(*files_, path_, Decode);
  if (loaded.ok()) ends_ = std::move(*loaded);
  return loaded.status().code() == ErrorCode::kNotFound ? Status::Ok() : loaded.status();
}

Status DeletedTopics::Save() const {
  nlohmann::json topics = nlohmann::json::object();
  for (const auto& [name, end] : ends_) topics[name] = end;
  return SaveMetadataFile(*files_, path_, nlohmann::json{{kMember, topics}}.dump(1, '\t'));
}

Status DeletedTopics::Add(std::string_view topic, int64_t log_end) {
  ends_[std::string(topic)] = log_end;
  return Save();
}

Status DeletedTopics::CutAt(int64_t log_end) {
  bool changed = false;
  for (auto& [name, end] : ends_) {
    changed |= end > log_end;
    end = std::min(end, log_end);
  }
  return changed ? Save() : Status::Ok();
}

bool DeletedTopics::Contains(std::string_view topic, int64_t physical_offset) const {
  auto found = ends_.find(topic);
  return found != ends_.end() && physical_offset < found->second;
}

void DeletedTopics::Forget(int64_t log_min) {
  std::erase_if(ends_, [log_min](const auto& entry) { return entry.second <= log_min; });
}

}  // namespace rewindmq::store
