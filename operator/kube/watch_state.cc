#include "operator/kube/watch_state.h"

#include <algorithm>
#include <utility>

namespace rewindmq::kube {
namespace {

constexpr int kHttpOk = 200;
constexpr int kHttpTooManyRequests = 429;
constexpr int kHttpServerErrors = 500;

std::string TextOf(const nlohmann::json& object, const char* field) {
  if (!object.is_object()) return {};
  auto found = object.find(field);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

const nlohmann::json& Metadata(const nlohmann::json& object) {
  static const nlohmann::json kNone = nlohmann::json::object();
  if (!object.is_object()) return kNone;
  auto found = object.find("metadata");
  return found != object.end() && found->is_object() ? *found : kNone;
}

nlohmann::json MetadataOnly(const std::string& key, const std::string& uid,
                            const std::string& resource_version) {
  nlohmann::json metadata = {{"uid", uid}, {"resourceVersion", resource_version}};
  size_t slash = key.find('/');
  if (slash == std::string::npos) {
    metadata["name"] = key;
  } else {
    metadata["namespace"] = key.substr(0, slash);
    metadata["name"] = key.substr(slash + 1);
  }
  return {{"metadata", std::move(metadata)}};
}

// A refusal after which the same watch may be asked for again: the server is busy or unreachable.
bool WatchMayBeRepeated(int http_status) {
  return http_status == 0 || http_status == kHttpTooManyRequests ||
         http_status >= kHttpServerErrors;
}

Status Unusable(std::string what) {
  return {ErrorCode::kCorruption, "the watch sent " + std::move(what)};
}

}  // namespace

std::string ObjectKey(const nlohmann::json& object) {
  const nlohmann::json& metadata = Metadata(object);
  std::string name = TextOf(metadata, "name");
  std::string name_space = TextOf(metadata, "namespace");
  return name.empty() || name_space.empty() ? name : name_space + "/" + name;
}

Status WatchState::TakeListedObject(const nlohmann::json& object, std::vector<WatchEvent>* events) {
  std::string key = ObjectKey(object);
  if (key.empty()) return {ErrorCode::kCorruption, "the list holds an object without a name"};
  std::string uid = TextOf(Metadata(object), "uid");
  std::string version = TextOf(Metadata(object), "resourceVersion");
  auto known = known_.find(key);
  if (known != known_.end() && known->second.uid != uid) {
    // Deleted and created anew under the same name while nobody watched.
    events->push_back({WatchEvent::Type::kDeleted,
                       MetadataOnly(key, known->second.uid, known->second.resource_version)});
    known_.erase(known);
    known = known_.end();
  }
  if (known == known_.end()) {
    events->push_back({WatchEvent::Type::kAdded, object});
  } else if (known->second.resource_version != version) {
    events->push_back({WatchEvent::Type::kModified, object});
  }
  known_[key] = {std::move(uid), std::move(version), list_number_};
  return Status::Ok();
}

WatchStep WatchState::OnListPage(const nlohmann::json& page, int64_t now_ms) {
  WatchStep step;
  std::string version = TextOf(Metadata(page), "resourceVersion");
  auto items = page.is_object() ? page.find("items") : page.end();
  bool usable = !version.empty() && items != page.end() && (items->is_array() || items->is_null());
  if (usable) {
    for (const nlohmann::json& object : *items) {
      usable = usable && TakeListedObject(object, &step.events).ok();
    }
  }
  if (!usable) {
    step.action = WaitAfterFailure(0, now_ms);
    return step;
  }
  std::string next_page = TextOf(Metadata(page), "continue");
  if (!next_page.empty()) {
    step.action.continue_token = std::move(next_page);
    return step;
  }
  DropUnlisted(&step.events);
  listed_at_ms_ = now_ms;
  resource_version_ = std::move(version);
  step.events.push_back({WatchEvent::Type::kSynced, nullptr});
  step.action = BeginWatch(now_ms);
  return step;
}

void WatchState::DropUnlisted(std::vector<WatchEvent>* events) {
  for (auto known = known_.begin(); known != known_.end();) {
    if (known->second.seen_in_list == list_number_) {
      ++known;
      continue;
    }
    events->push_back({WatchEvent::Type::kDeleted, MetadataOnly(known->first, known->second.uid,
                                                                known->second.resource_version)});
    known = known_.erase(known);
  }
}

WatchStep WatchState::OnListFailed(int64_t retry_after_ms, int64_t now_ms) {
  // Whatever the reason, an expired page token (410) included, the next try begins at page one.
  resource_version_.clear();
  return {{}, WaitAfterFailure(retry_after_ms, now_ms)};
}

Result<std::vector<WatchEvent>> WatchState::OnWatchLine(std::string_view line) {
  nlohmann::json parsed = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  unusable_line_ = true;  // until the end of this function
  std::string type = TextOf(parsed, "type");
  auto object = parsed.is_object() ? parsed.find("object") : parsed.end();
  if (type.empty() || object == parsed.end() || !object->is_object()) {
    return Unusable("a line that is not an event");
  }
  if (type == "ERROR") return TakeError(*object);

  std::string version = TextOf(Metadata(*object), "resourceVersion");
  if (version.empty()) return Unusable("an object without a resourceVersion");
  std::vector<WatchEvent> events;
  if (type != "BOOKMARK") {
    std::string key = ObjectKey(*object);
    if (key.empty()) return Unusable("an object without a name");
    if (type == "DELETED") {
      known_.erase(key);
      events.push_back({WatchEvent::Type::kDeleted, std::move(*object)});
    } else if (type == "ADDED" || type == "MODIFIED") {
      bool added = !known_.contains(key);
      known_[key] = {TextOf(Metadata(*object), "uid"), version, list_number_};
      events.push_back(
          {added ? WatchEvent::Type::kAdded : WatchEvent::Type::kModified, std::move(*object)});
    } else {
      return Unusable("an event of the unknown type " + type);
    }
  }
  resource_version_ = std::move(version);
  line_seen_ = true;
  unusable_line_ = false;
  return events;
}

Result<std::vector<WatchEvent>> WatchState::TakeError(const nlohmann::json& status) {
  auto code = status.find("code");
  int32_t number = code != status.end() && code->is_number_integer() ? code->get<int32_t>() : 0;
  return Status::Rejected(number, TextOf(status, "message"));
}

WatchStep WatchState::OnWatchEnded(int http_status, bool clean, int64_t retry_after_ms,
                                   int64_t now_ms) {
  if (http_status != kHttpOk) {
    // 410: the version is too old. Other refusals of the request (400, 404 while the CRD is away)
    // would be repeated for ever by the same watch, so all of them lead to a new list.
    if (!WatchMayBeRepeated(http_status)) resource_version_.clear();
    return {{}, WaitAfterFailure(retry_after_ms, now_ms)};
  }
  bool served = line_seen_ || now_ms - watch_began_ms_ >= kShortestWatchMs;
  if (unusable_line_) {
    // An ERROR event or a broken line: nobody knows what was missed after the last good one.
    resource_version_.clear();
    return {{}, WaitAfterFailure(retry_after_ms, now_ms)};
  }
  if (!clean || !served) return {{}, WaitAfterFailure(retry_after_ms, now_ms)};
  if (now_ms - listed_at_ms_ >= kRelistAfterMs) return {{}, BeginList()};
  return {{}, BeginWatch(now_ms)};
}

WatchStep WatchState::OnWaitOver(int64_t now_ms) {
  return {{}, resource_version_.empty() ? BeginList() : BeginWatch(now_ms)};
}

WatchAction WatchState::BeginWatch(int64_t now_ms) {
  watch_began_ms_ = now_ms;
  line_seen_ = false;
  unusable_line_ = false;
  WatchAction action;
  action.type = WatchAction::Type::kWatch;
  action.resource_version = resource_version_;
  // Not all watchers of a cluster shall come back at the same moment.
  action.timeout_seconds = std::uniform_int_distribution<int64_t>(kShortestTimeoutSeconds,
                                                                  kLongestTimeoutSeconds)(random_);
  return action;
}

WatchAction WatchState::BeginList() {
  // What an unfinished list or a watch has marked must not count as seen in this one.
  ++list_number_;
  return {};
}

WatchAction WatchState::WaitAfterFailure(int64_t retry_after_ms, int64_t now_ms) {
  if (now_ms - last_failure_ms_ >= kHealthyAfterMs) failures_ = 0;
  last_failure_ms_ = now_ms;
  constexpr uint32_t kDoublingsToLongest = 6;  // 800 ms * 2^6 is beyond kLongestRetryMs
  int64_t base_ms = kFirstRetryMs << std::min(failures_, kDoublingsToLongest);
  ++failures_;
  base_ms = std::min(base_ms, kLongestRetryMs);
  WatchAction action;
  action.type = WatchAction::Type::kWait;
  // Clients which failed together must not return together.
  action.delay_ms = std::uniform_int_distribution<int64_t>(base_ms, 2 * base_ms)(random_);
  action.delay_ms = std::max(action.delay_ms, std::min(retry_after_ms, kLongestRetryAfterMs));
  return action;
}

}  // namespace rewindmq::kube
